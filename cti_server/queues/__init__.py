"""The queues as the consoles see them: who waits, who is there to answer, and the figures of the business day.

No tables of its own: the figures are restored at start from the view report_calls_queue_segment.
Hears: QueueChanged, CallChanged, AgentChanged (live). Publishes: topic `queues`.
"""
