"""The stage of a demo or a check: real parts joined, people who work, callers who call, consoles that watch.

`stage` starts and stops everything; `people` and `sample` are the sample data; `traffic` makes callers call; `console`
is a person's browser without the page; `steps` plays a scenario and says what came of it.
"""
