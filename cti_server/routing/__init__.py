"""Where calls go: what an admin draws is what callers hear.

Rooms: `flows/` what happens to a caller (document, check, engine, versions, figures) and `agi/` the mouth of it towards
Asterisk; `decisions/` who is served when, by whom, and where who waits too long goes, with its reasons.
"""
