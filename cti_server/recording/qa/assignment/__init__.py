"""Which calls are to be scored and by whom: plans, drawn by a seed, and the list of work."""
