# Eight half-log doses up to 10 uM, as most screens have.
doses <- 10 * 10^seq(-3.5, 0, by = 0.5)

planted <- function(n, sd = 0, seed = 1) {
  set.seed(seed)
  truth <- data.table(curve = sprintf("c%04d", seq_len(n)), e_inf = runif(n, 0, 0.9),
                      hill = exp(runif(n, log(0.5), log(3))), ec50 = 10^runif(n, -2, 0.5))
  points <- truth[, list(dose_uM = doses, viability = 100 * log_logistic(doses, e_inf, hill, ec50)),
                  by = "curve"]
  points[, viability := viability + rnorm(.N, sd = sd)]
  list(truth = truth, points = points[])
}

one <- function(viability, dose = doses) {
  fit_curves(data.table(curve = "a", dose_uM = dose, viability = viability))
}

# A text file of these lines; its name ends as asked.
lines_file <- function(lines, ending = ".csv") {
  path <- tempfile(fileext = ending)
  if (grepl("gz$", ending)) {
    to <- gzfile(path)
    writeLines(lines, to)
    close(to)
  } else {
    writeLines(lines, path)
  }
  path
}

# The command line, in a process of its own: what the user sees.
command <- function(...) {
  errors <- tempfile()
  output <- suppressWarnings(system2(
    file.path(R.home("bin"), "Rscript"),
    shQuote(c(file.path(getOption("mmdrp.root"), "main.R"), ...)), stdout = TRUE, stderr = errors
  ))
  list(output = output, errors = readLines(errors), status = attr(output, "status") %or% 0L)
}
