#' Path of a table that comes with the package
#'
#' Works both from a checkout (main.R sets the option `mmdrp.root`) and from an
#' installed package.
#' @param name file name below `inst/`
installed_file <- function(name) {
  root <- getOption("mmdrp.root")
  if (is.null(root)) system.file(name, package = "mmdrp", mustWork = TRUE)
  else file.path(root, "inst", name)
}
