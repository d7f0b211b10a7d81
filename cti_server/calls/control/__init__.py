"""Call control: what an agent does with his own calls from the console, by AMI on desk phones.

No tables of its own; dials and transfers outside are written to the audit log. Hears: CallChanged (live).
Publishes: the part `control` of each user's own topic, changes `control.changed`.
"""
