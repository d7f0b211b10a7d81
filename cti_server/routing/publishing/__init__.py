"""Drafts and versions of flows: save, check, try, publish, roll back; and which number follows which flow.

Tables: flow, flow_version, flow_number.
"""
