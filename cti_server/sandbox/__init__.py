"""What a demo and the tests need to be real on one machine, without touching that machine.

A private Asterisk, a private PostgreSQL, a Chromium, SIP phones and sample data. Everything is kept below one
state folder (`state.State`), listens on 127.0.0.1 or on unix sockets only, and ends with the process that started
it, also when that one is killed. What cannot be had raises `state.SandboxError` with one sentence that says what
is missing and how to get it. Nothing below the top floor imports this room; it keeps no tables and sends no events.
"""
