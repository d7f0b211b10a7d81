"""How much room recordings will take: what comes a day, what the rules remove, and when the room is full. No tables."""
