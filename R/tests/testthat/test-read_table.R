header <- "curve,dose_uM,viability"
read <- function(path) read_table(path, c("curve", "dose_uM"), numeric = c("dose_uM", "viability"))

test_that("each damage is named: what, where, and what to do", {
  expect_error(read("nowhere.csv"), "nowhere.csv: no such file")
  expect_error(read(tempdir()), "is a folder")
  empty <- tempfile(fileext = ".csv")
  file.create(empty)
  expect_error(read(empty), "is empty")
  expect_error(read(lines_file(header)), "no rows")
  expect_error(read(lines_file("")), "line 1: the header is empty")
  expect_error(read(lines_file(c("curve\tdose_uM", "a\t1"))), "line 1: fields are separated by tab, not by comma")
  expect_error(read(lines_file(c("curve;dose_uM", "a;1"))), "by semicolon")
  expect_error(read(lines_file(c("curve,dose", "a,1"))), "line 1, column dose_uM: has no column dose_uM")
  expect_error(read(lines_file(c("curve,dose_uM,curve,viability", "a,1,b,3"))), "line 1, column curve: .*twice")
  expect_error(read(lines_file(c(header, "a,1,2", "a,1.5x,3"))), "line 3, column dose_uM: '1.5x' is not a number")
  expect_error(read(lines_file(c(header, "a,1,2", "a,1,3,4", "b,1,1"))), "line 3: Expected 3 fields but found 4")
})

test_that("truncated and false gzip files are refused", {
  path <- lines_file(c(header, paste0("c", 1:5000, ",1,", rnorm(5000))), ".csv.gz")
  expect_equal(nrow(read(path)), 5000)
  bytes <- readBin(path, "raw", file.size(path))
  for (n in c(20, length(bytes) %/% 2, length(bytes) - 3)) {
    writeBin(bytes[seq_len(n)], path)
    expect_error(read(path), "truncated or damaged")
  }
  writeLines(c(header, "a,1,2"), path)
  expect_error(read(path), "not a gzip file")
})

test_that("UTF-16 is refused, with and without its mark", {
  text <- paste0(header, "\na,1,2\n")
  for (encoding in c("UTF-16", "UTF-16LE")) {
    path <- tempfile(fileext = ".csv")
    writeBin(iconv(text, "UTF-8", encoding, toRaw = TRUE)[[1]], path)
    expect_error(read(path), "UTF-16")
  }
})

test_that("quotes, blanks and Windows line ends are read", {
  path <- tempfile(fileext = ".csv")
  writeBin(charToRaw("\"curve\",\"dose_uM\",\"viability\"\r\n\"a,b\",\"1.5\", 2 \r\n"), path)
  expect_equal(as.list(read(path)), list(curve = "a,b", dose_uM = 1.5, viability = 2))
})
