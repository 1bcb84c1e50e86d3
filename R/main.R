# The command line of the R part: Rscript R/main.R fetch|fit|normalise [options].
# It sources the package's files beside it, so nothing has to be installed and any
# working directory will do.
local({
  script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
  # Rscript writes a blank in a path as ~+~.
  root <- dirname(normalizePath(gsub("~+~", " ", script, fixed = TRUE)))
  options(mmdrp.root = root, warn = 1)
  source(file.path(root, "load.R"))
})
quit(save = "no", status = run_command(commandArgs(TRUE)))
