"""Customers, and the pop that shows the right one to the agent who is being rung.

`numbers` makes one form of every number a PBX may tell · `places` says where a number belongs · `pops` keeps which
agent sees which call (pure rules in `model`) · `service` finds, makes and changes customers · `api` the addresses.

Tables: customer, contact, note, interaction, outcome, customer_access. Sends: CustomerIdentified (of calls).
Hears: CallChanged, LinkChanged (live), AgentProfileChanged (agents).
"""
