"""Forgetting a person: what every room that knows something of people offers, and how its rows are told. No tables."""
