"""Forgetting a person: his record goes, and whoever else is written about him no longer names him."""
