"""Where calls go: what an admin draws is what callers hear.

Rooms: `decisions/` who is served when, by whom, and where who waits too long goes; with its reasons.
"""
