"""What the command line says of itself: help, completion of shells. It imports nothing heavy."""
