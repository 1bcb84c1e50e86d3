x <- matrix(c(0, 1, 3, NA, 7, 7, 7, 7, 0, 0, 0, 0, 1, NA, NA, NA), 4,
            dimnames = list(paste0("c", 1:4), c("a", "flat", "zero", "rare")))

test_that("log2 is log2(x + 1), and NA stays NA", {
  done <- normalise_matrix(x, transform = "log2")
  expect_equal(done$x[, "a"], c(c1 = 0, c2 = 1, c3 = 2, c4 = NA))
  expect_equal(is.na(done$x), is.na(x))
  expect_equal(sum(done$dropped), 0)
})

test_that("each filter drops what it names, and each feature is counted once", {
  kept <- function(...) colnames(normalise_matrix(x, ...)$x)
  expect_equal(kept(min_mean = 1), c("a", "flat", "rare"))
  expect_equal(kept(min_sd = 0), "a")
  expect_equal(kept(min_nonzero = 1), c("a", "flat", "rare"))
  expect_equal(kept(max_missing = 0.5), c("a", "flat", "zero"))
  dropped <- normalise_matrix(x, min_mean = 1, min_sd = 0, min_nonzero = 1, max_missing = 0.5)$dropped
  expect_equal(dropped, c(missing = 1L, mean = 1L, sd = 1L, nonzero = 0L, cells = 1L))
})

test_that("a cell without any value is dropped and counted", {
  y <- rbind(x, c5 = NA)
  done <- normalise_matrix(y)
  expect_equal(rownames(done$x), rownames(x))
  expect_equal(done$dropped[["cells"]], 1)
})

test_that("z-scores are scale()'s, from the measured values", {
  set.seed(1)
  y <- matrix(rnorm(60, 5, 3), 12, dimnames = list(letters[1:12], LETTERS[1:5]))
  y[cbind(1:5, 1:5)] <- NA
  expect_equal(c(normalise_matrix(y, scale = "zscore")$x), c(scale(y)))
  expect_equal(colnames(normalise_matrix(x, scale = "zscore")$x), "a")
})

test_that("after quantile normalisation every cell has the same sorted values", {
  set.seed(2)
  y <- matrix(rexp(200), 10, dimnames = list(letters[1:10], paste0("g", 1:20)))
  z <- normalise_matrix(y, scale = "quantile")$x
  target <- rowMeans(apply(y, 1, sort))
  for (i in 1:10) {
    expect_equal(sort(unname(z[i, ])), target)
    expect_equal(order(z[i, ]), order(y[i, ]))
  }
})
