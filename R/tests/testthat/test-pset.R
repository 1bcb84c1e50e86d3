test_that("the points of a PSet's array become fit's long table", {
  raw <- array(c(1, 1, 10, 10, NA, 100, 90, 95, 40, NA, 20, 60), c(2, 3, 2),
               list(c("e1", "e2"), NULL, c("Dose", "Viability")))
  expect_equal(pset_curves(raw), data.table(curve = c("e1", "e1", "e2", "e2"), dose_uM = c(1, 10, 1, 100),
                                            viability = c(90, 40, 95, 60)))
})

test_that("without PharmacoGx it says what to do", {
  skip_if(requireNamespace("PharmacoGx", quietly = TRUE), "PharmacoGx is installed")
  expect_error(write_pset("CTRPv2_2015", tempfile()), "Install it from Bioconductor")
})
