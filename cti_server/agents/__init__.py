"""Who the people behind the devices are, and what they do all day.

Tables: agent_profile (user, device, queues), agent_interval (one row for each stretch of a state).
Hears: AgentChanged, CallChanged, LinkChanged (live). Sends: AgentProfileChanged.
Publishes: topic `agents`, the parts `agent` and `today` of each user's own topic.

The sub-room `shift` owns what agents decide themselves: signed in, ready, why not, after-call work.
The sub-room `skills` owns what they can do and how well; `moves` changes many of them at once.
"""
