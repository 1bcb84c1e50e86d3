test_that("the area is the integral of 1 - viability over log dose", {
  set.seed(2)
  for (i in 1:50) {
    e_inf <- runif(1); hill <- runif(1, 0.01, 4); ec50 <- 10^runif(1, -5, 5)
    range <- sort(10^runif(2, -3, 2))
    integral <- integrate(function(x) 1 - log_logistic(10^x, e_inf, hill, ec50), log10(range[1]),
                          log10(range[2]), rel.tol = 1e-10)$value / diff(log10(range))
    expect_equal(area_above(e_inf, hill, ec50, range[1], range[2]), integral, tolerance = 1e-8)
  }
})

test_that("extremes do not overflow", {
  expect_equal(area_above(0, 4, 1e-6, 1e90, 1e100), 1)
  expect_equal(area_above(0, 4, 1e6, 1e-90, 1e-80), 0)
  expect_equal(area_above(0.2, 0, 1, 0.1, 10), 0.4)
  expect_equal(area_above(0.2, 1e-9, 1, 0.1, 10), 0.4, tolerance = 1e-6)
  expect_equal(area_above(1, 2, 1, 0.1, 10), 0)
})

test_that("the published example of computeAUC comes out", {
  # Both curves from the same closed form, PharmacoGx's computeAUC with Hill_fit given.
  pgx <- function(hs, e, ec50, lo, hi) {
    a <- log10(lo); b <- log10(hi); p <- log10(ec50)
    (1 - e) / (hs * (b - a)) * log10((1 + (10^(b - p))^hs) / (1 + (10^(a - p))^hs))
  }
  expect_equal(area_above(0.25, 1.7, 0.3, 0.0025, 8), pgx(1.7, 0.25, 0.3, 0.0025, 8))
})
