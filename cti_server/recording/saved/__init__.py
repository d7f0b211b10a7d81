"""Searches that somebody keeps under a name, for himself or for a role. Table: recording_search.

A search is what was typed and nothing else: whoever opens it searches with his own rights.
"""
