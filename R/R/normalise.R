#' Normalise a released omics file
#'
#' @param input the file as released, CSV, TSV or GCT, plain or gzip
#' @param output a table with the column `cell`, then the features
#' @param modality a name of `inst/modalities.csv`
#' @param settings what replaces the modality's defaults: transform, scale, min_mean,
#'   min_sd, min_nonzero, max_missing; see [normalise_matrix()]
#' @param release,licence,command noted in the manifest
#' @return list(cells, features, dropped), invisibly
normalise <- function(input, output, modality, settings = list(), release = "", licence = "",
                      command = "") {
  not_the_same(input, output)
  known <- read_modality(modality)
  known[names(settings)] <- settings
  scale <- known$scale %or% "none"
  x <- read_matrix(input, known)
  if (known$transform == "log2") check_counts(x, input)
  done <- normalise_matrix(x, known$transform, scale, known$min_mean, known$min_sd,
                           known$min_nonzero, known$max_missing)
  if (length(done$x) == 0) {
    fail(input, "no feature is left after the filters. Loosen --min-mean, --min-sd or --max-missing.")
  }
  table <- data.table::data.table(cell = rownames(done$x), done$x)
  write_table(table, output, c(
    manifest_entry(c(cell = "id as released"), basename(input), release, licence, command),
    list(modality = modality, unit = unit_after(known, scale), features = ncol(done$x),
         dropped = as.list(done$dropped), missing = "empty: unmeasured; nothing is imputed")
  ))
  invisible(list(cells = nrow(done$x), features = ncol(done$x), dropped = done$dropped))
}

# Features are named in the file's header: thousands of them say nothing here.
unit_after <- function(known, scale) {
  unit <- if (known$transform == "log2") "log2(x + 1)" else known$unit
  switch(scale, none = unit, zscore = paste("z-score per feature of", unit),
         quantile = paste("quantile-normalised per cell:", unit))
}

check_counts <- function(x, path) {
  negative <- which(x < 0, arr.ind = TRUE)
  if (nrow(negative) > 0) {
    fail(path, sprintf("%s of %s is negative, which a TPM cannot be. Leave out --transform log2.",
                       colnames(x)[negative[1, 2]], rownames(x)[negative[1, 1]]))
  }
  highest <- max(x, 0, na.rm = TRUE)
  if (highest < 25) {
    message(path, ": no value exceeds ", format(highest, digits = 3),
            "; is it log2 already? Then leave out --transform log2.")
  }
}
