"""Examples made into batches: every entity once."""
