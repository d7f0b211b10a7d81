"""Lost calls as a work list: callers who reached nobody, one item for each number, until somebody has spoken with them.

Tables: lost_caller, lost_contact, lost_reached.
Hears: CallChanged (live). Publishes: topic `lost`.
"""
