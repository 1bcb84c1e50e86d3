#' What is known of a modality's released file, and its default filters
#'
#' `inst/modalities.csv`, one modality a row: where its ids stand (`id`, or else
#' the first column), columns to `drop` (a pattern), whether cells or features are the
#' rows (`layout`), lines before the header (`skip`), the suffix that marks replicates
#' (`replicates`), transform, filters and unit. A new modality is a new row.
read_modality <- function(name) {
  path <- installed_file("modalities.csv")
  table <- read_table(path, numeric = c("skip", "min_mean", "min_sd", "min_nonzero", "max_missing"),
                      text = c("modality", "id", "drop", "layout", "replicates", "transform", "unit"))
  if (!name %in% table$modality) {
    fail("", sprintf("no modality '%s'. There are: %s; a new one is a row of R/inst/modalities.csv.",
                     name, paste(table$modality, collapse = ", ")))
  }
  as.list(table[table$modality == name, ])
}
