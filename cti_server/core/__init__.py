"""The ground floor: what any server needs and nothing about telephones.

Errors, clock, tasks, bus, storage, journal, accounts, web and push. Knows no room above it.
"""
