"""Recordings: begun by the PBX's dialplan, kept by rules, checked, filed, found, heard and deleted.

Tables: recording, recording_agent, recording_mark, recording_note, recording_job, recording_rule. Hears
RecordingChanged and CallChanged of the live model. `intake/` makes of the PBX's two files one that
browsers play; `transcripts/` writes down what was said; `keeping/` deletes.
"""
