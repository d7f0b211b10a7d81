"""After a score: the agent acknowledges or disputes; coaching, and the library of excellent calls."""
