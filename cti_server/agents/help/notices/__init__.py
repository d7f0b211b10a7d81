"""Notices to a team or to all, shown until they are read or over. Tables: help_notice, help_notice_read.

Publishes on topic `help` and on the own topics of those who are told; hears no events.
"""
