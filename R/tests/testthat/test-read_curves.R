head <- "curve,dose_uM,viability"

test_that("good tables are read, ids as text", {
  points <- read_curves(lines_file(c(head, "007,1, 50.5", "x,2,", "x,1e-3,NA")))
  expect_equal(points$curve, c("007", "x", "x"))
  expect_equal(points$viability, c(50.5, NA, NA))
  expect_equal(points$dose_uM, c(1, 2, 0.001))
  # A further column, another order, and a byte-order mark are no matter.
  path <- lines_file(c("\ufeffviability,plate,curve,dose_uM", "50,p,a,1"))
  expect_equal(read_curves(path), data.table(curve = "a", dose_uM = 1L, viability = 50L))
})

test_that("doses of zero, below, infinite or missing are named by line", {
  expect_error(read_curves(lines_file(c(head, "a,1,90", "a,0,100"))), "line 3, column dose_uM: dose 0 ")
  expect_error(read_curves(lines_file(c(head, "a,-1,90"))), "line 2, column dose_uM: dose -1 ")
  expect_error(read_curves(lines_file(c(head, "a,Inf,90"))), "line 2, column dose_uM")
  expect_error(read_curves(lines_file(c(head, "a,,90"))), "line 2, column dose_uM")
  expect_error(read_curves(lines_file(c(head, "a,1,-Inf"))), "line 2, column viability")
  expect_error(read_curves(lines_file(c(head, ",1,90"))), "line 2, column curve")
})

test_that("fractions in the place of percents are noticed", {
  expect_message(read_curves(lines_file(c(head, "a,1,0.9", "a,2,0.5"))), "percent")
})
