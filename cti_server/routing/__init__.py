"""Where calls go: what an admin draws is what callers hear.

Rooms: `flows/` what happens to a caller (document, check, engine, versions, figures) and `agi/`
the mouth of it towards Asterisk.
"""
