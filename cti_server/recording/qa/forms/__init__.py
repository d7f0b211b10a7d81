"""What is asked about a call: forms of sections and questions, their drafts and published versions, and the score."""
