#' The three-parameter log-logistic curve
#'
#' viability = e_inf + (1 - e_inf) / (1 + (dose / ec50)^hill), a fraction of control:
#' 1 without drug, `e_inf` at an endless dose. It is PharmacoGx's curve
#' (`logLogisticRegression`; Smirnov et al., Bioinformatics 2016).
#' @param dose in uM
#' @param e_inf in [0, 1]; hill >= 0; `ec50` in uM
#' @return viability as a fraction
log_logistic <- function(dose, e_inf, hill, ec50) {
  1 - (1 - e_inf) * stats::plogis(hill * (log10(dose) - log10(ec50)) * log(10))
}

# The same bounds as PharmacoGx: a Hill slope above 4 or an EC50 a million times off
# 1 uM says no more than the bound does.
hill_bounds <- c(0, 4)
log_ec50_bounds <- c(-6, 6)

#' Fit the curve to one set of points
#'
#' Given hill and ec50, the curve is linear in 1 - e_inf, whose best value in [0, 1]
#' has a closed form. So Levenberg-Marquardt (`minpack.lm::nls.lm`) searches two
#' parameters only, with the exact Jacobian of the projected residual (Golub &
#' Pereyra 1973).
#' @param x log10 of the doses in uM
#' @param effect 1 - viability, each in [0, 1]
#' @param starts list of c(hill, log10 ec50), from [start_grid()]
#' @return c(hill, log10 ec50, 1 - e_inf, sum of squared residuals)
fit_log_logistic <- function(x, effect, starts) {
  x <- x * log(10)
  # Every start is followed until the valleys can be told apart, the deepest to its end.
  ends <- lapply(starts, function(start) polish(x, effect, start, roughly))
  best <- ends[[which.min(vapply(ends, `[`, 0, 4))]]
  best <- polish(x, effect, best[1:2], finely)
  # nls.lm clamps at a bound without dropping the parameter, so it may stop early
  # there; along an edge one free parameter is left.
  edges <- list(
    if (best[1] > 2.5) list(hill_bounds[2], span(range(x) / log(10) + c(-1, 1), 0.05)),
    if (best[2] > log_ec50_bounds[2] - 0.01) list(span(c(0, 1), 0.01), log_ec50_bounds[2]),
    if (best[2] < log_ec50_bounds[1] + 0.01) list(span(c(0, 1), 0.01), log_ec50_bounds[1])
  )
  for (edge in edges[lengths(edges) > 0]) {
    end <- polish_edge(x, effect, edge[[1]], edge[[2]])
    if (end[4] < best[4]) best <- end
  }
  best
}

polish <- function(x, effect, start, control) {
  # nls.lm warns where it still crawls along a flat valley after maxiter: hill and
  # ec50 are then not identified, while the curve within the tested doses is.
  found <- suppressWarnings(minpack.lm::nls.lm(
    start, lower = c(hill_bounds[1], log_ec50_bounds[1]),
    upper = c(hill_bounds[2], log_ec50_bounds[2]),
    fn = projected_residual, jac = projected_jacobian, control = control,
    x = x, effect = effect
  ))
  # A step that makes things worse is not taken, whatever nls.lm thought of it.
  start <- c(start, amplitude_at(start, x, effect))
  end <- c(found$par, amplitude_at(found$par, x, effect))
  if (isTRUE(end[4] <= start[4])) end else start
}

# The sum of squares may have a valley between every two doses, so all of the edge is
# scanned before the best valley is followed down. One of hill and p is a number,
# the other runs along the edge.
polish_edge <- function(x, effect, hill, p) {
  scan <- cbind(hill, p)
  g <- stats::plogis(outer(x, -scan[, 2] * log(10), "+") * rep(scan[, 1], each = length(x)))
  a <- pmin(pmax(colSums(g * effect) / colSums(g * g), 0), 1)
  best <- which.min(colSums((effect - g * rep(a, each = length(x)))^2))
  ends <- scan[c(max(best - 1, 1), min(best + 1, nrow(scan))), , drop = FALSE]
  between <- function(t) ends[1, ] + t * (ends[2, ] - ends[1, ])
  t <- stats::optimize(function(t) amplitude_at(between(t), x, effect)[2], c(0, 1),
                       tol = 1e-8)$minimum
  unname(c(between(t), amplitude_at(between(t), x, effect)))
}

span <- function(range, by) {
  steps <- seq(range[1], range[2], by = by)
  unique(pmin(pmax(steps, log_ec50_bounds[1]), log_ec50_bounds[2]))
}

roughly <- minpack.lm::nls.lm.control(ftol = 1e-4, ptol = 1e-4, maxiter = 12)
finely <- minpack.lm::nls.lm.control(ftol = 1e-10, ptol = 1e-8, maxiter = 50)

# In these three, x is the natural logarithm of the dose and par[2] a log10.
amplitude_at <- function(par, x, effect) {
  g <- stats::plogis(par[1] * (x - par[2] * log(10)))
  a <- min(max(sum(g * effect) / sum(g * g), 0), 1)
  if (is.nan(a)) a <- 0  # g underflows to zero: the curve sees no effect at all
  residual <- effect - a * g
  c(a, sum(residual * residual))
}

projected_residual <- function(par, x, effect) {
  g <- stats::plogis(par[1] * (x - par[2] * log(10)))
  a <- sum(g * effect) / sum(g * g)
  if (is.nan(a)) a <- 0
  effect - min(max(a, 0), 1) * g
}

projected_jacobian <- function(par, x, effect) {
  u <- x - par[2] * log(10)
  g <- stats::plogis(par[1] * u)
  slope <- g * (1 - g)
  d_hill <- slope * u
  d_p <- -slope * (par[1] * log(10))
  q <- sum(g * g)
  a <- sum(g * effect) / q
  if (is.nan(a)) a <- 0
  if (a <= 0 || a >= 1) {
    a <- min(max(a, 0), 1)
    return(cbind(-a * d_hill, -a * d_p))
  }
  rest <- effect - 2 * a * g
  cbind(-a * d_hill - sum(d_hill * rest) / q * g, -a * d_p - sum(d_p * rest) / q * g)
}
