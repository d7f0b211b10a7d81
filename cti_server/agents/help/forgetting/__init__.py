"""Forgetting a person: raised hands lose who was on the line, messages and notices his name and number."""
