"""Unseen drugs by a sum of kernels over drugs: structure, embedding, targets, pathways."""
