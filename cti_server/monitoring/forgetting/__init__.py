"""Forgetting a person: the number of whom he talked with goes from the sessions."""
