"""The files of a run folder, named and read without torch."""
