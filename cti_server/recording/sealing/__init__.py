"""Recordings encrypted at rest: a key of its own for each, wrapped under the site's master key; table recording_key.

Three things are needed to hear one: the sealed sound (store), its wrapped key (database), the master key (neither).
"""
