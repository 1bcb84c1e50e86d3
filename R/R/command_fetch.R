command_fetch <- function(arguments) fail("", "not yet.")
