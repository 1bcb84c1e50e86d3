"""Commands that make studies and their folds."""
