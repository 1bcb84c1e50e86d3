"""Numbers from tables: numpy and scipy only, no network and no study."""
