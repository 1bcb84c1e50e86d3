"""Drugs as RDKit sees them, turned into numbers; no torch here."""
