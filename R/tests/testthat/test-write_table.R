entry <- manifest_entry(c(a = "unit"), "here")

test_that("two tables share a manifest, foreign keys stay, and no trace is left", {
  folder <- tempfile()
  dir.create(folder)
  writeLines('{"study": ["x"], "tables": {"z.csv": {"rows": 3}}}', file.path(folder, "manifest.json"))
  write_table(data.table(a = 1:2), file.path(folder, "b.csv"), entry)
  write_table(data.table(a = 1:4), file.path(folder, "a.csv.gz"), entry)
  manifest <- jsonlite::read_json(file.path(folder, "manifest.json"))
  expect_equal(manifest$study, list("x"))
  expect_named(manifest$tables, c("a.csv.gz", "b.csv", "z.csv"))
  expect_equal(manifest$tables$a.csv.gz$rows, 4)
  expect_equal(fread(plain_copy(file.path(folder, "a.csv.gz")))$a, 1:4)
  expect_setequal(list.files(folder, all.files = TRUE, no.. = TRUE), c("a.csv.gz", "b.csv", "manifest.json"))
})

test_that("a damaged manifest stops before anything is written", {
  folder <- tempfile()
  dir.create(folder)
  writeLines("{", file.path(folder, "manifest.json"))
  expect_error(write_table(data.table(a = 1), file.path(folder, "b.csv"), entry), "manifest")
  expect_equal(list.files(folder), "manifest.json")
  writeLines('{"tables": {}, "created_by": "mmdrp 1.0"}', file.path(folder, "manifest.json"))
  expect_error(write_table(data.table(a = 1), file.path(folder, "b.csv"), entry), "belongs to a study")
  expect_equal(list.files(folder), "manifest.json")
})

test_that("the same table gives the same bytes", {
  paths <- file.path(c(tempfile(), tempfile()), "a.csv.gz")
  for (path in paths) write_table(data.table(a = c(0.1, NA)), path, entry)
  expect_equal(length(unique(tools::md5sum(paths))), 1)
})

test_that("the input is never written over", {
  path <- lines_file(c("curve,dose_uM,viability", "a,1,90"))
  before <- readLines(path)
  expect_error(fit(path, path), "is the input")
  expect_error(normalise(path, path, "rppa"), "is the input")
  expect_equal(readLines(path), before)
})
