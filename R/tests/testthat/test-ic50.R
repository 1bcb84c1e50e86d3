test_that("the fitted viability at the ic50 is 50 %", {
  at <- ic50(c(0, 0.2, 0.4), c(0.7, 1, 3), c(0.1, 1, 0.5), 0.001, 100)
  expect_equal(log_logistic(at, c(0, 0.2, 0.4), c(0.7, 1, 3), c(0.1, 1, 0.5)), rep(0.5, 3))
})

test_that("an ic50 outside the tested doses is censored, never extrapolated", {
  expect_equal(ic50(0.6, 1, 0.1, 0.01, 10), Inf)   # the curve never gets there
  expect_equal(ic50(0.5, 1, 0.1, 0.01, 10), Inf)   # only at an endless dose
  expect_equal(ic50(0, 1, 50, 0.01, 10), Inf)      # beyond the highest dose
  expect_equal(ic50(0, 1, 0.001, 0.01, 10), 0)     # below the lowest
  expect_equal(ic50(0, 0, 1, 0.01, 10), Inf)       # a flat curve at 50 %
  expect_equal(ic50(0, 1, 10, 0.01, 10), 10)       # at the very last dose
})
