"""Decisions while callers wait: priority, the ring of agents, who is asked first, overflow; each with its reasons.

app_queue stays the engine: it is told priorities and penalties, and goes on without us. Tables: queue_policy,
routing_decision, wait_estimate. Hears: CallChanged, AgentChanged, QueueChanged, LinkChanged (live). Publishes nothing.
"""
