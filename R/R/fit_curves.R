#' Fit every curve of a long table
#'
#' Replicates (several rows of one curve and dose) all enter the least squares with
#' the same weight; missing viabilities are left out; viability is truncated to
#' [0, 100] % before the fit, as PharmacoGx does. No random numbers are drawn, a
#' curve never sees another, and neither row order nor `cores` changes a digit.
#' @param points data.table: curve, dose_uM (> 0), viability (percent of control)
#' @param cores processes to share the work
#' @return data.table, a curve a row, sorted by curve: curve, e_inf (fraction), hill,
#'   ec50_uM, ic50_uM (see [ic50()]), aac, auc (fractions, see [area_above()]), r2,
#'   reason (empty, or why numbers are missing)
fit_curves <- function(points, cores = 1L) {
  curves <- sort(unique(points$curve), method = "radix")
  points <- points[!is.na(points$viability) & !is.na(points$dose_uM), ]
  points <- data.table::data.table(
    id = match(points$curve, curves), x = log10(points$dose_uM),
    effect = 1 - pmin(pmax(points$viability / 100, 0), 1)
  )
  data.table::setorderv(points, c("id", "x", "effect"))
  plan <- curve_plan(points, length(curves))
  plan[, "curve" := curves]
  fitted <- fit_groups(points, plan[plan$reason == "", ], cores)
  result <- cbind(plan, matrix(NA_real_, nrow(plan), 4,
                               dimnames = list(NULL, c("hill", "p", "a", "sse"))))
  data.table::set(result, match(fitted$id, result$id), c("hill", "p", "a", "sse"),
                  fitted[, c("hill", "p", "a", "sse")])
  describe_fits(result)
}

# What is known of each curve before fitting: where its points lie, and whether
# there is anything to fit.
curve_plan <- function(points, n) {
  # Where no curve has a point, data.table tries min() on nothing, which warns.
  known <- suppressWarnings(points[, list(
    first = .I[1], points = .N, doses = data.table::uniqueN(x), lowest = min(x),
    highest = max(x), mean = mean(effect), sst = sum((effect - mean(effect))^2),
    flat = max(effect) - min(effect) == 0
  ), by = "id"])
  plan <- known[list(seq_len(n)), on = "id"]
  plan[, "reason" := data.table::fcase(
    is.na(points), "no viability measured",
    doses < 3, sprintf("%d dose(s) measured, 3 needed", doses),
    flat & mean == 0, "flat: viability never below 100 %; hill and ec50 undefined",
    flat, "flat: the same viability at every dose; hill and ec50 undefined",
    default = ""
  )]
  plan
}

# A flat curve has an exact area though it has no slope: it stays in the table.
describe_fits <- function(fit) {
  flat <- startsWith(fit$reason, "flat")
  e_inf <- ifelse(flat, 1 - fit$mean, 1 - fit$a)
  ec50 <- 10^fit$p
  lowest <- 10^fit$lowest
  highest <- 10^fit$highest
  aac <- ifelse(flat, fit$mean, area_above(e_inf, fit$hill, ec50, lowest, highest))
  ic50 <- ifelse(flat, ifelse(e_inf <= 0.5, 0, Inf), ic50(e_inf, fit$hill, ec50, lowest, highest))
  ic50[is.na(e_inf)] <- NA
  data.table::data.table(
    curve = fit$curve, e_inf = e_inf, hill = fit$hill, ec50_uM = ec50, ic50_uM = ic50,
    aac = pmin(pmax(aac, 0), 1), auc = 1 - pmin(pmax(aac, 0), 1),
    r2 = 1 - fit$sse / fit$sst, reason = fit$reason
  )
}
