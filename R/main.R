# The command line of the R part: Rscript R/main.R fetch|fit|normalise [options].
# It sources the package's files beside it, so nothing has to be installed and any
# working directory will do.
local({
  script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
  root <- dirname(normalizePath(gsub("~+~", " ", script, fixed = TRUE)))
  options(mmdrp.root = root, warn = 1)
  # data.table's column syntax must work in files that are sourced, not installed.
  suppressPackageStartupMessages(library(data.table))
  for (file in sort(list.files(file.path(root, "R"), "[.]R$", full.names = TRUE))) {
    source(file, local = globalenv(), encoding = "UTF-8")
  }
})
quit(save = "no", status = run_command(commandArgs(TRUE)))
