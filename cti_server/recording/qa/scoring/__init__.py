"""One grader scores one call on one version of a form: draft, submitted, revised."""
