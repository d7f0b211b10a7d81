"""Erasing one person everywhere: preview, confirmation, progress, proof. It walks over the rooms that know people.

Tables: erasure, erasure_removed, erasure_proof. Sends and hears no events.
"""
