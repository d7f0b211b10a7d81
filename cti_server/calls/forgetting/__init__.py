"""Forgetting a person: calls stay as figures without number, name, customer and carried data."""
