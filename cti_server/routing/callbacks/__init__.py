"""Callbacks in queue: a caller hangs up, keeps his place, and is called when his turn has come.

Tables: callback, callback_attempt, callback_rule. Hears: CallChanged (live). Publishes: topic `callbacks`.
How a turn is taken on the PBX: docs/decisions/0130-callbacks.md.
"""
