#' The best grid point of many curves that share their doses
#'
#' The best amplitude and its gain are closed forms of two products, so a grid of
#' some hundred (hill, ec50) pairs is scored for a block of curves at once.
#' @param x log10 of the doses in uM, ascending, one per column of `effect`
#' @param effect 1 - viability, one curve a row
#' @return a list of two matrices (hill, log10 ec50; one curve a row): the best point
#'   among gentle slopes and the best among steep ones. Noisy curves often have a
#'   minimum of each kind, and the grid alone cannot tell which is the deeper.
start_grid <- function(x, effect) {
  grid <- hill_by_ec50(range(x))
  g <- stats::plogis(grid[, 1] * outer(-grid[, 2], x, "+") * log(10))
  q <- rowSums(g * g)
  gentle <- which(grid[, 1] <= 1)
  best <- matrix(0L, nrow(effect), 2)
  for (rows in blocks(nrow(effect), 1000L)) {
    # Summed dose by dose rather than by %*%: BLAS may add in an order that depends
    # on how many curves there are, and a curve must not depend on its neighbours.
    b <- 0
    for (k in seq_along(x)) b <- b + outer(effect[rows, k], g[, k])
    q_rows <- rep(q, each = length(rows))
    a <- pmin(pmax(b / q_rows, 0), 1)
    a[is.nan(a)] <- 0
    gain <- a * (2 * b - a * q_rows)
    best[rows, 1] <- gentle[max.col(gain[, gentle, drop = FALSE], ties.method = "first")]
    best[rows, 2] <- seq_along(q)[-gentle][max.col(gain[, -gentle, drop = FALSE], ties.method = "first")]
  }
  list(grid[best[, 1], , drop = FALSE], grid[best[, 2], , drop = FALSE])
}

# Outside the tested range only the tail of a curve is seen, so two decades do.
hill_by_ec50 <- function(range) {
  ec50 <- seq(range[1] - 2, range[2] + 2, length.out = 33)
  ec50 <- unique(pmin(pmax(ec50, log_ec50_bounds[1]), log_ec50_bounds[2]))
  as.matrix(expand.grid(hill = c(0.1, 0.25, 0.5, 0.75, 1, 1.4, 2, 2.8, 4), ec50 = ec50))
}

blocks <- function(n, size) {
  if (n == 0) return(list())
  split(seq_len(n), (seq_len(n) - 1L) %/% size)
}
