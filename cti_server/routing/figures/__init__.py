"""Figures of flows: callers that passed each node, by which exit, how many hung up; completion, containment, repeats.

Tables: flow_call, flow_visit, flow_node_hour; views report_routing_node, report_routing_call.
"""
