"""SIP phones in the standard library: real calls with real audio, and a number for who hears whom.

`phone` is the one to import; `call` is what it gives; `wire` sends and resends, `sip` reads and writes,
`rtp` and `tone` are the audio.
"""
