"""Recordings of a PBX on another host: `cti-server deliver` beside the PBX sends files, this room receives them.

Sent in parts that go on where they broke off, checked by SHA-256, never taken twice; no tables of its own.
"""
