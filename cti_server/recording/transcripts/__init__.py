"""What was said: recordings are transcribed by a worker, where the site wants it; table recording_transcript.

The engine is an extra (`cti-server[transcribe]`); without it there are no transcripts and nothing speaks of them.
"""
