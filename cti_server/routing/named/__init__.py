"""Named things that flows refer to: calendars, emergency switches, lists of callers (blacklist, VIP list …).

Tables: flow_named, flow_listed. All of it is kept in memory, so that calls never wait for the database.
"""
