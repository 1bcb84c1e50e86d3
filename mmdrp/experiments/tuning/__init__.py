"""Search for options: spaces, trials on a storage that processes share, validation only."""
