"""Linear algebra of the base: as exact as float64, and never a matrix of drugs by drugs."""
