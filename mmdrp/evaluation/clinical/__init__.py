"""Predictions judged by how patients fared: response within cancer type, and survival."""
