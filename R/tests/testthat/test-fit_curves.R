test_that("noiseless curves give back what was planted", {
  p <- planted(300)
  fits <- fit_curves(p$points)
  expect_equal(fits$curve, p$truth$curve)
  expect_equal(fits$e_inf, p$truth$e_inf, tolerance = 1e-4)
  expect_equal(fits$hill, p$truth$hill, tolerance = 1e-4)
  expect_equal(log10(fits$ec50_uM), log10(p$truth$ec50), tolerance = 1e-4)
  aac <- area_above(p$truth$e_inf, p$truth$hill, p$truth$ec50, min(doses), max(doses))
  expect_equal(fits$aac, aac, tolerance = 1e-6)
  expect_equal(fits$auc, 1 - fits$aac)
  expect_gt(min(fits$r2), 1 - 1e-8)
  expect_true(all(fits$reason == ""))
})

test_that("noisy curves give it back within their noise, and replicates narrow it", {
  p <- planted(300, sd = 5)
  aac <- area_above(p$truth$e_inf, p$truth$hill, p$truth$ec50, min(doses), max(doses))
  error <- sqrt(mean((fit_curves(p$points)$aac - aac)^2))
  # Eight points with a st. dev. of 0.05 each: their mean has 0.018.
  expect_lt(error, 0.025)
  set.seed(9)
  clean <- planted(300)$points
  four <- rbindlist(lapply(1:4, function(i) copy(clean)[, viability := viability + rnorm(.N, sd = 5)]))
  expect_lt(sqrt(mean((fit_curves(four)$aac - aac)^2)), 0.7 * error)
})

test_that("replicates at a dose count like their mean when every dose has as many", {
  v <- 100 * log_logistic(doses, 0.2, 1.2, 0.3)
  spread <- ifelse(v > 95, 0, 5)  # none beyond 100 %, where viability is cut
  twice <- one(c(v + spread, v - spread), rep(doses, 2))
  once <- one(v)
  columns <- c("e_inf", "hill", "ec50_uM", "aac")
  expect_equal(twice[, columns, with = FALSE], once[, columns, with = FALSE], tolerance = 1e-5)
  expect_lt(twice$r2, once$r2)
})

test_that("missing viabilities are left out", {
  v <- 100 * log_logistic(doses, 0.2, 1.2, 0.3)
  gap <- one(replace(v, 4, NA))
  without <- one(v[-4], doses[-4])
  expect_identical(gap, without)
  expect_equal(gap$aac, one(v)$aac, tolerance = 1e-6)
})

test_that("a curve that cannot be fitted keeps its row and says why", {
  points <- data.table(curve = c(rep("none", 8), "single", rep("two", 4)),
                       dose_uM = c(doses, 1, 1, 1, 2, 2),
                       viability = c(rep(NA, 8), 40, 90, 80, 50, 40))
  fits <- fit_curves(points)
  expect_equal(fits$curve, c("none", "single", "two"))
  expect_true(all(is.na(fits$aac) & is.na(fits$e_inf) & is.na(fits$ic50_uM) & is.na(fits$r2)))
  expect_match(fits$reason[1], "no viability")
  expect_match(fits$reason[2], "1 dose")
  expect_match(fits$reason[3], "2 dose")
  expect_match(fit_curves(points[curve == "none"])$reason, "no viability")
})

test_that("flat curves have an exact area but no slope", {
  for (case in list(list(100, 1, 0, Inf), list(130, 1, 0, Inf), list(0, 0, 1, 0), list(-20, 0, 1, 0),
                    list(40, 0.4, 0.6, 0), list(80, 0.8, 0.2, Inf))) {
    fit <- one(rep(case[[1]], 8))
    expect_equal(fit$e_inf, case[[2]])
    expect_equal(fit$aac, case[[3]])
    expect_equal(fit$ic50_uM, case[[4]])
    expect_true(is.na(fit$hill) && is.na(fit$ec50_uM))
    expect_match(fit$reason, "^flat")
  }
})

test_that("a curve that rises above 100 % is insensitive", {
  expect_equal(one(seq(100, 160, length.out = 8))$aac, 0)
  # One that rises below 100 %: the curve cannot rise, so it is level, and r2 says so.
  rising <- one(seq(40, 90, length.out = 8))
  expect_lt(rising$r2, 0.01)
  expect_gt(rising$aac, 0.2)
  expect_lt(rising$aac, 0.5)
})

test_that("neither the order of rows, nor other curves, nor cores change a digit", {
  p <- planted(40, sd = 8, seed = 3)
  # Curves of other doses and a repeat of some, so that groups are of many sizes.
  odd <- copy(p$points)[curve < "c0010"][, `:=`(curve = paste0("x", curve), dose_uM = dose_uM * 1.7)]
  points <- rbind(p$points, odd)
  fits <- fit_curves(points)
  set.seed(4)
  expect_identical(fit_curves(points[sample(.N)]), fits)
  expect_identical(fit_curves(points, cores = 2L), fits)
  for (id in c("c0001", "c0017", "xc0003")) {
    expect_identical(fit_curves(points[curve == id]), fits[curve == id])
  }
})

test_that("sharp, shallow and out-of-range curves stay within their bounds", {
  set.seed(8)
  points <- CJ(curve = sprintf("%03d", 1:100), dose_uM = doses)
  points[, viability := runif(.N, -50, 150)]
  fits <- fit_curves(points)
  expect_true(all(between(fits$e_inf, 0, 1) & between(fits$aac, 0, 1)))
  expect_true(all(between(fits$hill, 0, 4) & between(fits$ec50_uM, 1e-6, 1e6)))
  expect_true(all(fits$r2 >= -1e-9 & fits$r2 <= 1))
})
