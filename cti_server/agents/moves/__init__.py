"""Changes for many agents at once: into queues, out of them, penalties, only these queues, a skill; for good or for a
time. Each is previewed, kept, brought to the PBX agent by agent, and can be taken back.

Table: agent_move. Publishes: topic `moves`; agent.moved to each agent whom a change concerns.
"""
