"""Attribution methods, each a function of a view of the network."""
