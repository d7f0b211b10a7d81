"""Voicemail: messages for a queue as a work list with a player.

Table: voicemail. Hears: CallChanged (live). Publishes: topic `voicemail`.
"""
