"""DataFrame in, Figure out; one figure per file, nothing is computed here."""
