"""The pure heart: facts in, changes out. Standard library only; time is an argument.

A `Pbx` holds the calls, agents and queues of one PBX. It changes only by `apply(fact, at)` and answers with the changes
that came of it, each holding the whole new view of the thing that changed.
"""
