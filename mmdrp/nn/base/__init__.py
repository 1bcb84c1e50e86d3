"""Closed-form first guesses: fitted once on training rows, and what a network learns on top of."""
