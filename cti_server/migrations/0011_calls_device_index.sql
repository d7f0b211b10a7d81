-- The list of calls can be asked for one device, also one that nobody owns.
create index call_segment_by_device on call_segment (device, started_at desc, call_id) where device is not null;
