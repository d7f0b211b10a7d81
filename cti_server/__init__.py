"""cti-server: a call-center server beside Asterisk, with consoles in the browser."""

__version__ = "0.1.0"
