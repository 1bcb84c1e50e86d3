test_that("the table of releases is well formed and names what was asked for", {
  table <- read_releases()
  expect_true(all(c("depmap_20Q2", "depmap_21Q2", "ctrpv2", "gdsc_v17", "gdsc_8.2", "tcga_mc3",
                    "tcga_tumormap", "proteomics_2020", "ccle_2019") %in% table$release))
  expect_false(anyDuplicated(table[, c("release", "file")]) > 0)
  expect_true(all(grepl("^(https|pharmacogx):", table$url)))
  expect_false(anyNA(table$licence))
  expect_false(anyNA(table$verified))
})

test_that("a name that leaves the folder is refused", {
  path <- tempfile(fileext = ".csv")
  fwrite(release_row("http://x", file = "../x.csv"), path)
  expect_error(read_releases(path), "plain names")
})
