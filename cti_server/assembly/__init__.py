"""Builds the rooms floor by floor and joins them: each class is a floor that stands on the one before."""
