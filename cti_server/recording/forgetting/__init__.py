"""Forgetting a person: his recordings go for good, with proof; their rows stay as figures without a number."""
