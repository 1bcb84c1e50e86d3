"""TCGA's tumours, from files on disk."""
