"""Lists of things that people share out among themselves: lost calls, callbacks, messages. No tables of its own."""
