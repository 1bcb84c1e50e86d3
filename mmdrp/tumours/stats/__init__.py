"""Tests and corrections, from arrays."""
