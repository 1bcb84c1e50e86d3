"""Models to evaluate, in whatever form they come: runs, cross-validations, frames."""
