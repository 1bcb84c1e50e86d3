command_normalise <- function(arguments) fail("", "not yet.")
