"""Screens of cell lines: one reader per source of responses."""
