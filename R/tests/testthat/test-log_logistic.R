test_that("the curve is 1 without drug, e_inf at an endless dose, half-way at ec50", {
  expect_equal(log_logistic(c(1e-12, 2, 1e12), 0.3, 1.5, 2), c(1, 0.65, 0.3))
})

test_that("the Jacobian is the derivative of the residual, also where the amplitude is capped", {
  x <- log(doses)
  for (effect in list(runif(8), rep(1, 8), seq(1, 1.5, length.out = 8), -runif(8))) {
    par <- c(1.3, -0.7)
    step <- 1e-6
    numeric <- sapply(1:2, function(j) {
      h <- replace(c(0, 0), j, step)
      (projected_residual(par + h, x, effect) - projected_residual(par - h, x, effect)) / (2 * step)
    })
    expect_equal(unname(projected_jacobian(par, x, effect)), numeric, tolerance = 1e-6)
  }
})

test_that("no start of the same search finds a better fit on noisy curves", {
  set.seed(5)
  x <- log10(doses)
  worse <- replicate(60, {
    effect <- pmin(pmax(1 - log_logistic(doses, runif(1), runif(1, 0.4, 3), 10^runif(1, -2, 1)) +
                          rnorm(8, sd = 0.1), 0), 1)
    starts <- lapply(start_grid(x, matrix(effect, 1)), function(start) start[1, ])
    ours <- fit_log_logistic(x, effect, starts)[4]
    many <- unlist(lapply(c(0.3, 1, 2.5, 4), function(h) lapply(seq(-4, 3, 1), function(p) c(h, p))),
                   recursive = FALSE)
    ours - fit_log_logistic(x, effect, many)[4]
  })
  expect_lt(max(worse), 1e-3)
  expect_gt(mean(worse < 1e-6), 0.95)
})

test_that("the fit is never worse than PharmacoGx's own search", {
  # PharmacoGx: optim(L-BFGS-B) from hill 1, the lowest viability, the dose nearest 50 %.
  set.seed(6)
  x <- log10(doses)
  for (i in 1:60) {
    v <- pmin(pmax(log_logistic(doses, runif(1), runif(1, 0.4, 3), 10^runif(1, -2, 1)) + rnorm(8, sd = 0.1), 0), 1)
    sse <- function(p) sum((v - p[2] - (1 - p[2]) / (1 + 10^(p[1] * (x - p[3]))))^2)
    theirs <- optim(c(1, min(v), x[which.min(abs(v - 0.5))]), sse, method = "L-BFGS-B",
                    lower = c(0, 0, -6), upper = c(4, 1, 6))
    starts <- lapply(start_grid(x, matrix(1 - v, 1)), function(start) start[1, ])
    expect_lt(fit_log_logistic(x, 1 - v, starts)[4], theirs$value + 1e-6)
  }
})
