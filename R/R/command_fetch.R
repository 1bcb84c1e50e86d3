#' `main.R fetch`
#'
#' @param arguments options and release names as typed
command_fetch <- function(arguments) {
  parsed <- parse_options(arguments, "Rscript R/main.R fetch RELEASE [RELEASE ...] [options]", "
Downloads the files of a release to OUT/RELEASE/ under their original names. A break is
taken up where it happened; a file takes its name only when size, hash and format are
right; what is already there and good is not fetched again.", list(
    optparse::make_option("--out", type = "character", default = "raw", metavar = "FOLDER",
                          help = "where the releases go [%default]"),
    optparse::make_option("--list", action = "store_true", default = FALSE,
                          help = "show releases, files and licences, fetch nothing"),
    optparse::make_option("--only", type = "character", metavar = "FILES",
                          help = "only these files of the release, separated by commas"),
    optparse::make_option("--releases", type = "character", metavar = "FILE",
                          help = "another table of releases than R/inst/releases.csv"),
    optparse::make_option("--tries", type = "integer", default = 5L, metavar = "N",
                          help = "attempts a file [%default]"),
    optparse::make_option("--wait", type = "double", default = 2, metavar = "SECONDS",
                          help = "pause before the second attempt, then doubled [%default]")
  ))
  options <- parsed$options
  table <- if (is.null(options$releases)) read_releases() else read_releases(options$releases)
  if (options$list) {
    cat(sprintf("%-14s %s  [%s]\n", table$release, table$file, table$licence), sep = "")
    return(invisible())
  }
  if (length(parsed$args) == 0) fail("", "name a release; --list shows them.")
  only <- if (!is.null(options$only)) strsplit(options$only, ",", fixed = TRUE)[[1]]
  done <- fetch(parsed$args, options$out, table, only, options$tries, options$wait)
  cat(sprintf("%-8s %s/%s\n", done$state, done$release, done$file), sep = "")
  bad <- done[done$state == "failed", ]
  if (nrow(bad) > 0) {
    fail("", sprintf("%d of %d files failed: %s", nrow(bad), nrow(done),
                     paste(unique(bad$why), collapse = " | ")))
  }
}
