"""Forgetting a person: items of the list of lost calls stay as figures without a number."""
