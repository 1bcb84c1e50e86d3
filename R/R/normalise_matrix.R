#' Transform, filter and scale a cells x features matrix
#'
#' NA means unmeasured and stays NA: nothing is imputed here. Filters and scales are
#' computed from the measured values; a feature with a larger share of NA than
#' `max_missing` is dropped, and so is a cell without any value.
#' @param x numeric matrix, cells x features
#' @param transform none, or log2: log2(x + 1), for TPM and counts
#' @param min_mean,min_sd features whose mean or st. dev. over cells (after the
#'   transform) is below are dropped (DeepDR: 1 and 0.5 on log2(TPM+1)); NA: no filter.
#'   A min_sd of 0 drops constant features.
#' @param min_nonzero features with fewer cells unlike 0 are dropped (mutations: 1)
#' @param max_missing largest share of NA of a feature
#' @param scale none; quantile: every cell gets the same distribution
#'   (`limma::normalizeQuantiles`, Bolstad 2003); zscore: every feature gets mean 0 and
#'   st. dev. 1 over the cells
#' @return list(x, dropped): dropped is a named count, by reason
normalise_matrix <- function(x, transform = "none", scale = "none", min_mean = NA, min_sd = NA,
                             min_nonzero = 0, max_missing = 1) {
  if (transform == "log2") x <- log2(x + 1)
  n <- colSums(!is.na(x))
  mean <- colMeans(x, na.rm = TRUE)
  sd <- sqrt(colSums(sweep(x, 2, mean)^2, na.rm = TRUE) / pmax(n - 1, 1))
  # A z-score of a constant is 0 / 0.
  if (scale == "zscore") min_sd <- max(min_sd, 0, na.rm = TRUE)
  tests <- list(
    missing = n == 0 | 1 - n / nrow(x) > max_missing,
    mean = !is.na(min_mean) & mean < min_mean,
    sd = !is.na(min_sd) & (sd < min_sd | sd == 0),
    nonzero = colSums(x != 0, na.rm = TRUE) < min_nonzero
  )
  # Each feature is counted once, under the first reason that drops it.
  reason <- rep("", ncol(x))
  for (name in rev(names(tests))) reason[which(tests[[name]])] <- name
  x <- x[, reason == "", drop = FALSE]
  empty <- rowSums(!is.na(x)) == 0
  x <- x[!empty, , drop = FALSE]
  dropped <- c(vapply(names(tests), function(name) sum(reason == name), 1L), cells = sum(empty))
  list(x = rescale(x, scale), dropped = dropped)
}

rescale <- function(x, scale) {
  if (length(x) == 0) return(x)
  switch(scale,
    none = x,
    zscore = {
      x <- sweep(x, 2, colMeans(x, na.rm = TRUE))
      n <- colSums(!is.na(x))
      sweep(x, 2, sqrt(colSums(x^2, na.rm = TRUE) / pmax(n - 1, 1)), "/")
    },
    quantile = {
      y <- t(limma::normalizeQuantiles(t(x)))
      dimnames(y) <- dimnames(x)
      y
    }
  )
}
