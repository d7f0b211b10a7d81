"""The phone in the browser: its passwords, which live as long as a session, its check before work, its call quality.

Tables: softphone_key, softphone_quality. Hears: SessionEnded, LinkChanged. Tells (user:<id>):
phone.changed. Audio and signalling go between browser and PBX without us; what is decided here is who may
register there.
"""
