"""What Lightning runs: the training step, and what watches it."""
