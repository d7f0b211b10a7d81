"""Figures of quality over time, by agent, team, queue, question, grader and form."""
