"""A large work in parts: ``shard=3/16`` is the third of sixteen, and records what it is part of."""

from mmdrp.io.shards.record import ShardRecord, read_shards
from mmdrp.io.shards.shard import Shard

__all__ = ["Shard", "ShardRecord", "read_shards"]
