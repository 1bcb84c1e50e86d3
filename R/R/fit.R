#' Fit the dose-response curves of a file
#'
#' @param input CSV (or CSV.gz) with columns curve, dose_uM, viability (percent of
#'   control); further columns are ignored
#' @param output where the fits go; manifest.json is kept beside it
#' @param cores processes
#' @param release,licence,command noted in the manifest
#' @return the fits, invisibly, see [fit_curves()]
fit <- function(input, output, cores = 2L, release = "", licence = "", command = "") {
  not_the_same(input, output)
  points <- read_curves(input)
  fits <- fit_curves(points, cores)
  fits$reason[fits$reason == ""] <- NA
  write_table(fits, output, manifest_entry(fit_columns, basename(input), release, licence, command))
  invisible(fits)
}

fit_columns <- c(
  curve = "id as in the input",
  e_inf = "viability at an endless dose, fraction of control in [0, 1]",
  hill = "Hill slope in [0, 4]",
  ec50_uM = "uM, half-way between 1 and e_inf",
  ic50_uM = "uM, fitted viability 50 %; inf: above 50 % at the highest dose; 0: below at the lowest",
  aac = "area above the curve over the tested log10 dose, fraction; higher is more sensitive",
  auc = "1 - aac; higher is less sensitive",
  r2 = "share of the variance of the truncated viabilities that the curve explains",
  reason = "empty, or why numbers are missing"
)
