"""Short messages between an agent and the supervisors, one thread for each agent. Table: help_message.

Publishes on topic `help` and on the agent's own; hears no events.
"""
