"""Tables as tools publish or export them: PharmacoGx, oncoPredict, gdsctools, benchmarks."""
