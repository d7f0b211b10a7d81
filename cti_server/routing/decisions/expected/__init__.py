"""How long a caller is expected to wait, and how it then turned out.

Rows of table wait_estimate (decisions/store). Hears: CallChanged, AgentChanged (live).
"""
