"""Forgetting a person: callbacks and messages lose their number, answers their call, lists their entry."""
