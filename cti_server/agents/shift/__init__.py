"""The working time of an agent: signed in or not, ready or why not, after-call work. The server owns it.

Tables: agent_duty, agent_reason, queue_setting.
Hears: CallChanged, AgentChanged (live), OutcomeSaved. Sends: AfterCallWorkEnded.
Publishes: part `shift` of each user's own topic, and on it shift.changed, shift.overrun, shift.notice, agent.forced,
session.takenOver; on topic `agents` the part `reasons` and its change agents.reasons.

An agent whose profile is `always_on` and who has never used the console is a member of his queues without a shift.
"""
