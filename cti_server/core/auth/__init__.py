"""Accounts: who may sign in, as what, and since when.

Tables: app_user, user_session, setup_link. Sends: SessionEnded.
"""
