"""Parts of a large work, done by many processes, put together: `merge_shards`."""

from mmdrp.merging.merge import merge_shards as merge_shards
