head <- "curve,dose_uM,viability"

test_that("good tables are read, ids as text", {
  points <- read_curves(lines_file(c(head, "007,1, 50.5", "x,2,", "x,1e-3,NA")))
  expect_equal(points$curve, c("007", "x", "x"))
  expect_equal(points$viability, c(50.5, NA, NA))
  expect_equal(points$dose_uM, c(1, 2, 0.001))
  # A further column, another order, and a byte-order mark are no matter.
  path <- tempfile(fileext = ".csv")
  writeBin(c(as.raw(c(0xef, 0xbb, 0xbf)), charToRaw("viability,plate,curve,dose_uM\n50,p,a,1\n")), path)
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

test_that("doubled quotes in an id are one quote, and Latin-1 is refused by line", {
  expect_equal(read_curves(lines_file(c(head, '"a ""x""",1,2')))$curve, 'a "x"')
  path <- tempfile(fileext = ".csv")
  writeBin(c(charToRaw(paste0(head, "\na,1,2\ncaf")), as.raw(0xe9), charToRaw(",1,2\n")), path)
  expect_error(read_curves(path), "line 3, column curve: is not UTF-8")
})

test_that("a damaged table is read or refused in one line, never anything else", {
  set.seed(11)
  whole <- charToRaw(paste0(c(head, paste0("c", rep(1:5, each = 4), ",", c(0.1, 1, 3, 10), ",", 20:39)),
                            "\n", collapse = ""))
  damage <- list(
    function(b) b[seq_len(sample(length(b) - 1, 1))],
    function(b) b[-sample(length(b), 3)],
    function(b) replace(b, sample(length(b), 3), as.raw(sample(1:255, 3))),
    function(b) replace(b, sample(length(b), 2), charToRaw(sample(c(",", "\"", "\n", ";", "\t"), 1))),
    function(b) c(b, sample(b)),
    function(b) append(b, charToRaw(sample(c("\n\n", "\"", ",,", "\r"), 1)), sample(length(b), 1))
  )
  path <- tempfile(fileext = ".csv")
  outcome <- vapply(1:240, function(i) {
    writeBin(damage[[i %% length(damage) + 1]](whole), path)
    tryCatch({
      points <- suppressMessages(read_curves(path))
      fit_curves(points)
      if (is.numeric(points$dose_uM) && all(points$dose_uM > 0, na.rm = TRUE)) "read" else "wrong"
    }, mmdrp_error = function(e) if (grepl("\n", conditionMessage(e))) "lines" else "refused",
    error = function(e) conditionMessage(e), warning = function(w) conditionMessage(w))
  }, "")
  expect_equal(setdiff(outcome, c("read", "refused")), character())
  expect_gt(min(table(outcome)), 20)
})
