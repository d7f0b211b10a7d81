"""An agent's own day in figures: handling and wrap-up times, pauses used, occupancy so far, callbacks due.

Tables: none of its own; reads agent_interval and the view report_calls_agent_segment. Hears and sends no events.
"""
