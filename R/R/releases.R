#' The table of public releases
#'
#' `inst/releases.csv`, one file a row: release, file, url, bytes, sha256, md5 (these
#' three may be empty), extract (members of a zip, separated by `;`), licence,
#' verified (whether and where the url was seen).
#' @param path another table of the same columns
#' @return data.table
read_releases <- function(path = installed_file("releases.csv")) {
  columns <- c("release", "file", "url", "bytes", "sha256", "md5", "extract", "licence")
  table <- read_table(path, columns, numeric = "bytes", text = setdiff(c(columns, "verified"), "bytes"))
  for (column in c("release", "file", "url")) {
    empty <- which(is.na(table[[column]]))
    if (length(empty) > 0) {
      fail(path, "is empty. Fill it in.", line = empty[1] + 1, column = column)
    }
  }
  # These become paths below --out: they must stay there.
  outside <- which(!grepl("^[A-Za-z0-9][A-Za-z0-9._-]*$", table$release) |
                     grepl("[/\\\\]|^[.]", table$file))
  if (length(outside) > 0) {
    fail(path, "release and file must be plain names. Correct them.", line = outside[1] + 1)
  }
  table
}
