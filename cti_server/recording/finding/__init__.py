"""Searching: a page of recordings that fit, the newest first, however many there are and however few fit."""
