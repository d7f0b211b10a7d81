"""What each agent can do and how well: names of skills with a level from 1 to 5.

Table: agent_skill. Sends: AgentSkillsChanged. Routing asks `SkillsService.of(user_id)`, which never waits.
"""
