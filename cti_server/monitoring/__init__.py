"""A supervisor on an agent's call: listens, whispers, barges in, takes the caller over, or releases the call.

Tables: monitoring_session, monitoring_policy.
Hears: CallChanged, LinkChanged (live). Sends: MonitoringStarted, MonitoringEnded, CallForced.
Publishes: topic `monitoring`; on the topic of an agent who is to be told the part `monitored_by` and the changes
monitoring.started, monitoring.ended; call.forced to the agent whose call was taken or released.
"""
