"""GDSC: from packages of the index, or from its own tables."""
