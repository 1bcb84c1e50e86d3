"""Figures of associations, extremes and enrichment."""
