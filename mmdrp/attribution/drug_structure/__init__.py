"""Which bits and atoms of a drug drive a prediction."""
