#' Read the long table of dose-response points
#'
#' A control row (dose 0) does not belong here: viability is already relative to it.
#' @param path CSV or CSV.gz: curve, dose_uM, viability
#' @return data.table with these three columns; missing viabilities are kept as NA
read_curves <- function(path) {
  needed <- c("curve", "dose_uM", "viability")
  points <- read_table(path, needed, numeric = needed[2:3], text = "curve")[, needed, with = FALSE]
  anonymous <- which(is.na(points$curve))
  if (length(anonymous) > 0) {
    fail(path, "the curve has no id. Give it one.", line = anonymous[1] + 1, column = "curve")
  }
  bad <- which(points$dose_uM <= 0 | is.infinite(points$dose_uM) |
                 (is.na(points$dose_uM) & !is.na(points$viability)))
  if (length(bad) > 0) {
    fail(path, sprintf("dose %s is not a positive number of uM. Drop controls; correct the rest.",
                       points$dose_uM[bad[1]]), line = bad[1] + 1, column = "dose_uM")
  }
  bad <- which(is.infinite(points$viability))
  if (length(bad) > 0) {
    fail(path, "viability is infinite. Correct it or leave it empty.",
         line = bad[1] + 1, column = "viability")
  }
  highest <- max(points$viability, 0, na.rm = TRUE)
  if (highest > 0 && highest <= 1.5) {
    message(path, ": no viability exceeds ", highest, "; percent of control is expected, not fractions.")
  }
  points
}
