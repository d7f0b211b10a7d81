"""How the links to PBXs and database stand, told to every console, to health probes and to operators.

No tables. Hears: LinkChanged. Topic: `system`.
"""
