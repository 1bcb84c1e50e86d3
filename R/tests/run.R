# Runs the tests of R/: Rscript R/tests/run.R, from any folder. Ends non-zero when a
# test fails or warns.
local({
  script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
  root <- dirname(dirname(normalizePath(gsub("~+~", " ", script, fixed = TRUE))))
  options(mmdrp.root = root)
  source(file.path(root, "load.R"))
})
suppressPackageStartupMessages(library(testthat))
test_dir(
  file.path(getOption("mmdrp.root"), "tests", "testthat"),
  env = new.env(parent = globalenv()), reporter = "summary", load_package = "none",
  stop_on_failure = TRUE, stop_on_warning = TRUE
)
