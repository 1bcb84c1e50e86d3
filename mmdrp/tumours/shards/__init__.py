"""Associations in parts by drug (``shard=``), and put together."""
