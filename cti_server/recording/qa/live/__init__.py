"""Scores that begin while a supervisor listens in; they become scores of the recording when it is filed."""
