"""What lives in a PBX: plain records of calls, legs, segments, bridges, queues and agents; by names whose is whose."""
