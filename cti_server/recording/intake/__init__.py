"""The intake of recordings: two files of the PBX become one for the browser, with its figures; table recording_job.

What reads the files runs in a process of its own (`worker`), so that a file can spoil neither calls nor screens.
"""
