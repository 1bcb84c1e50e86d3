#' `main.R fit`
#'
#' @param arguments options as typed
command_fit <- function(arguments) {
  parsed <- parse_options(arguments, "Rscript R/main.R fit --in CURVES --out FITS [options]", "
Fits viability = e_inf + (1 - e_inf) / (1 + (dose / ec50)^hill) to each curve, as
PharmacoGx does: viability truncated to 0-100 %, e_inf in [0, 1], hill in [0, 4].
CURVES is a CSV (or CSV.gz) with the columns curve, dose_uM, viability (percent of
control); replicates are further rows, missing viabilities are left empty.
FITS gets curve, e_inf, hill, ec50_uM, ic50_uM, aac, auc, r2, reason. aac is the area
above the curve over the tested log dose (0 insensitive, 1 fully sensitive). ic50_uM is
Inf where 50 % is not reached at the highest dose, 0 where it is passed at the lowest.
A curve that cannot be fitted keeps its row; reason says why.", list(
    optparse::make_option("--in", type = "character", metavar = "FILE", help = "the points"),
    optparse::make_option("--out", type = "character", metavar = "FILE",
                          help = "the fits, .csv or .csv.gz; manifest.json is kept beside it"),
    optparse::make_option("--cores", type = "integer", default = 2L, metavar = "N",
                          help = "processes [%default]; the result does not depend on it"),
    optparse::make_option("--release", type = "character", default = "", metavar = "NAME",
                          help = "release noted in the manifest"),
    optparse::make_option("--licence", type = "character", default = "", metavar = "TEXT",
                          help = "licence noted in the manifest")
  ), c("in", "out"))
  options <- no_words(parsed)
  if (is.na(options$cores) || options$cores < 1) fail("", "--cores must be 1 or more.")
  began <- proc.time()[["elapsed"]]
  fits <- fit(options[["in"]], options$out, options$cores, options$release, options$licence,
              command_line("fit", arguments))
  seconds <- proc.time()[["elapsed"]] - began
  unfitted <- sum(!is.na(fits$reason))
  cat(sprintf("fit: %d curves, %d without a full fit (see reason), %.1f s\n", nrow(fits), unfitted, seconds))
}
