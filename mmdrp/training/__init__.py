"""How a network learns: from specs and a study to a checkpoint."""
