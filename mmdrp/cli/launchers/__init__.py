"""Runs of a sweep handed out: to processes of this machine, to SLURM, to Ray."""
