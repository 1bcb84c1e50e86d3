"""Encoders learned without responses."""
