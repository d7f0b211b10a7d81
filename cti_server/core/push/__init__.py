"""What changes, told to every browser that may see it, at once.

No tables. Hears `core.auth.events.SessionEnded`. The only room that knows websockets.
"""
