# Time to fit 100,000 curves of eight doses on two cores.
#   Rscript R/bench/fit_speed.R [--curves 100000] [--cores 2]
local({
  script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
  root <- dirname(dirname(normalizePath(script)))
  options(mmdrp.root = root, warn = 1)
  source(file.path(root, "load.R"))
})
arguments <- commandArgs(TRUE)
option <- function(name, default) {
  at <- match(paste0("--", name), arguments)
  if (is.na(at)) default else as.integer(arguments[at + 1])
}
n <- option("curves", 100000L)
cores <- option("cores", 2L)
set.seed(7)
doses <- 8 * 10^seq(-3.5, 0, by = 0.5)
e_inf <- runif(n)
hill <- exp(runif(n, log(0.4), log(3.5)))
ec50 <- 10^runif(n, -3, 1.5)
viability <- outer(seq_len(n), doses, function(i, d) log_logistic(d, e_inf[i], hill[i], ec50[i]))
points <- data.table(curve = rep(sprintf("%06d", seq_len(n)), each = 8), dose_uM = rep(doses, n),
                     viability = as.vector(t(viability)) * 100 + rnorm(8 * n, sd = 8))
seconds <- system.time(fits <- fit_curves(points, cores))
aac <- area_above(e_inf, hill, ec50, min(doses), max(doses))
cat(sprintf("aac: pearson with the planted %.3f, rmse %.4f (noise: 8 %% a point)\n",
            cor(fits$aac, aac), sqrt(mean((fits$aac - aac)^2))))
# cpu_seconds counts all processes: on an idle machine seconds is about its share a core.
cat(sprintf("r_fit_speed curves=%d seconds=%.1f cores=%d cpu_seconds=%.1f\n", n, seconds[["elapsed"]],
            cores, sum(seconds[-3])))
