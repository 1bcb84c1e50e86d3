#' The dose-response points of a PharmacoGx data set, as `fit` reads them
#'
#' Needs Bioconductor's PharmacoGx, which is not among the packages of this folder.
#' @param name as in `PharmacoGx::availablePSets()`, e.g. CTRPv2_2015
#' @param path where the long table goes, gzip
write_pset <- function(name, path) {
  if (!requireNamespace("PharmacoGx", quietly = TRUE)) {
    fail("", "PharmacoGx is not installed. Install it from Bioconductor, or fetch ctrpv2 instead.")
  }
  set <- PharmacoGx::downloadPSet(name, saveDir = tempdir(), verbose = FALSE)
  data.table::fwrite(pset_curves(PharmacoGx::sensitivityRaw(set)), path, compress = "gzip")
}

#' @param raw array curve x dose x c("Dose" uM, "Viability" percent), with names
#' @return data.table curve, dose_uM, viability; empty places of the array left out
pset_curves <- function(raw) {
  points <- data.table::data.table(
    curve = rep(dimnames(raw)[[1]], dim(raw)[2]),
    dose_uM = as.numeric(raw[, , "Dose"]), viability = as.numeric(raw[, , "Viability"])
  )
  points <- points[!is.na(points$dose_uM) & !is.na(points$viability) & points$dose_uM > 0, ]
  data.table::setorderv(points, c("curve", "dose_uM"))
  points[]
}
