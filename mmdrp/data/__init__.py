"""Studies on disk, the examples drawn from them, and the batches made of those."""
