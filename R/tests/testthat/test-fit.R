test_that("fit writes the promised columns and a manifest", {
  v <- 100 * log_logistic(doses, 0, 1, doses[4])
  input <- tempfile(fileext = ".csv.gz")
  fwrite(rbind(data.table(curve = "007", dose_uM = doses, viability = v),
               data.table(curve = "a,b", dose_uM = doses, viability = 100)), input)
  folder <- tempfile()
  output <- file.path(folder, "fits.csv")
  fit(input, output, 1L, "made up", "none", "Rscript R/main.R fit")
  fits <- fread(output, colClasses = c(curve = "character"))
  expect_named(fits, c("curve", "e_inf", "hill", "ec50_uM", "ic50_uM", "aac", "auc", "r2", "reason"))
  expect_equal(fits$curve, c("007", "a,b"))
  expect_equal(fits$ic50_uM, c(doses[4], Inf))
  expect_equal(fits$aac[1], area_above(0, 1, doses[4], min(doses), max(doses)), tolerance = 1e-6)
  expect_equal(fits$reason[1], "")
  manifest <- jsonlite::read_json(file.path(folder, "manifest.json"))
  entry <- manifest$tables$fits.csv
  expect_equal(entry$sha256, digest::digest(output, "sha256", file = TRUE))
  expect_equal(entry$rows, 2)
  expect_equal(names(entry$columns), names(fits))
  expect_equal(entry$release, "made up")
  expect_setequal(list.files(folder, all.files = TRUE, no.. = TRUE), c("fits.csv", "manifest.json"))
})

test_that("the command line works from any folder and tells what it did", {
  input <- lines_file(c("curve,dose_uM,viability", paste0("a,", doses, ",", 100 * log_logistic(doses, 0, 1, 1))))
  output <- tempfile(fileext = ".csv.gz")
  old <- setwd(tempdir())
  on.exit(setwd(old))
  done <- command("fit", "--in", basename(input), "--out", output, "--cores", "1")
  expect_equal(done$status, 0)
  expect_length(done$errors, 0)
  expect_match(done$output, "1 curves")
  expect_equal(fread(plain_copy(output))$aac, area_above(0, 1, 1, min(doses), max(doses)), tolerance = 1e-6)
})

test_that("bad input is one line on stderr, exit code 2, and nothing written", {
  bad <- function(lines, ...) {
    folder <- tempfile()
    done <- command("fit", "--in", lines_file(lines), "--out", file.path(folder, "fits.csv"))
    expect_equal(done$status, 2)
    expect_length(done$errors, 1)
    expect_false(file.exists(folder))
    for (part in c(...)) expect_match(done$errors, part)
  }
  bad(c("curve,dose_uM,viability", "a,1,90", "a,0,100"), "line 3", "dose_uM", "not a positive")
  bad(c("curve,dose_uM,viability", "a,1,9o"), "line 2", "viability", "9o")
})

test_that("help is shown for the program and for each command", {
  expect_match(paste(command("--help")$output, collapse = " "), "fetch.*fit.*normalise")
  expect_match(paste(command("fit", "--help")$output, collapse = " "), "viability")
  expect_equal(command("fit", "--help")$status, 0)
  wrong <- command("fot")
  expect_equal(wrong$status, 2)
  expect_length(wrong$errors, 1)
})
