"""Several graders score the same call unseen by each other; then they compare."""
