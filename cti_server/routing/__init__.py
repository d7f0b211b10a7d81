"""Where a call goes: the flows that callers hear, and what they are made of."""
