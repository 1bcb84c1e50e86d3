#' `main.R normalise`
#'
#' @param arguments options as typed
command_normalise <- function(arguments) {
  number <- function(name, help) optparse::make_option(name, type = "double", metavar = "X", help = help)
  parsed <- parse_options(arguments, "Rscript R/main.R normalise --in FILE --out TABLE --modality NAME [options]", "
Reads an omics file as released and writes a table of cells x features.
NAME is one of expression, mutation, copy_number, proteomics, mirna, metabolomics,
histone, rppa, methylation (R/inst/modalities.csv holds their layouts and filters).
The released scale is kept unless --transform or --scale is given. An empty cell means
unmeasured and stays empty: nothing is imputed. Replicates of one cell are averaged in
proteomics only; an id that stands twice elsewhere is an error.", list(
    optparse::make_option("--in", type = "character", metavar = "FILE", help = "the file as released"),
    optparse::make_option("--out", type = "character", metavar = "FILE",
                          help = "the table, .csv or .csv.gz; manifest.json is kept beside it"),
    optparse::make_option("--modality", type = "character", metavar = "NAME", help = "what it holds"),
    optparse::make_option("--transform", type = "character", metavar = "NAME",
                          help = "none, or log2 for log2(x+1) of TPM or counts"),
    optparse::make_option("--scale", type = "character", metavar = "NAME",
                          help = "none, quantile (per cell) or zscore (per feature) [none]"),
    number("--min-mean", "drop features whose mean is lower"),
    number("--min-sd", "drop features whose st. dev. is lower (0: constant ones)"),
    number("--min-nonzero", "drop features unlike 0 in fewer cells"),
    number("--max-missing", "drop features with a larger share of missing values"),
    optparse::make_option("--release", type = "character", default = "", metavar = "NAME",
                          help = "release noted in the manifest"),
    optparse::make_option("--licence", type = "character", default = "", metavar = "TEXT",
                          help = "licence noted in the manifest")
  ), c("in", "out", "modality"))
  options <- no_words(parsed)
  one_of(options$transform, "transform", c("none", "log2"))
  one_of(options$scale, "scale", c("none", "quantile", "zscore"))
  settings <- list(transform = options$transform, scale = options$scale,
                   min_mean = options[["min-mean"]], min_sd = options[["min-sd"]],
                   min_nonzero = options[["min-nonzero"]], max_missing = options[["max-missing"]])
  done <- normalise(options[["in"]], options$out, options$modality,
                    settings[lengths(settings) > 0], options$release, options$licence,
                    command_line("normalise", arguments))
  cat(sprintf("normalise: %d cells, %d features; dropped: %s\n", done$cells, done$features,
              paste(names(done$dropped), done$dropped, collapse = ", ")))
}

one_of <- function(value, name, allowed) {
  if (!is.null(value) && !value %in% allowed) {
    fail("", sprintf("--%s is '%s'; choose %s.", name, value, paste(allowed, collapse = ", ")))
  }
}
