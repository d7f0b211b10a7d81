"""FastAGI: the mouth of the flows towards Asterisk. One short conversation per step of a call, each with a limit.

Hears: CallChanged (live), to know that a caller has hung up.
"""
