"""Help on the floor: a raised hand with its call, short messages between an agent and the supervisors, and notices.

It stands on floor 4 because a hand acts while a call is alive: it carries the call, and somebody comes meanwhile.
Tables: help_hand, help_message, help_notice, help_notice_read.
Hears: ShiftEnded (agents.shift), SessionEnded (core.auth). Publishes: topic `help`, part `help` of each user's topic.
"""
