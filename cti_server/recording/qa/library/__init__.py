"""Excellent calls that their agents let others hear: who may hear which, and hearing them, audited."""
