"""A model of one study judged on another."""
