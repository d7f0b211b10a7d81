"""History of calls, and the live calls on the consoles.

Tables: call, call_leg, call_segment; views report_calls_queue_segment and report_calls_agent_segment.
Hears: CallChanged (live), CustomerIdentified (its own events.py, sent from the room of customers).
Publishes: topic `calls`, the part `calls` of each user's own topic.
"""
