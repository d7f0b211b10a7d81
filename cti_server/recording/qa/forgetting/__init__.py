"""Forgetting a person: scores stay, their texts no longer name him."""
