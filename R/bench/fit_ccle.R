# How well fit agrees with the CCLE release's own numbers.
#   Rscript R/bench/fit_ccle.R --in CCLE_NP24.2009_Drug_data_2015.02.24.csv [--cores 2]
#
# The release gives "activity" in percent: 0 without effect, -100 where every cell is
# killed. So viability = 100 + activity. Its IC50 is the dose at which its own curve
# (constant, linear or sigmoid, chosen per curve; not held to start at 100 %) passes
# 50 % and is set to the highest dose, 8 uM, where it does not. Its ActArea is about the
# sum over the doses of -activity / 100 along its own curve: one unit a dose if every
# cell is killed. So ours is the sum over the same doses of 1 - viability along our
# curve. `data` compares the plain sum of the measured -activity / 100 with ActArea: no
# curve that starts at 100 % can be expected to come much closer than the data do.
local({
  script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
  root <- dirname(dirname(normalizePath(script)))
  options(mmdrp.root = root, warn = 1)
  source(file.path(root, "load.R"))
})
arguments <- commandArgs(TRUE)
option <- function(name, default) {
  at <- match(paste0("--", name), arguments)
  if (is.na(at)) default else arguments[at + 1]
}
path <- option("in", NULL)
if (is.null(path)) stop("--in FILE is needed")
release <- read_table(path, c("CCLE Cell Line Name", "Compound", "Doses (uM)",
                              "Activity Data (median)", "IC50 (uM)", "ActArea"))
numbers <- function(text) lapply(strsplit(text, ",", fixed = TRUE), as.numeric)
doses <- numbers(release[["Doses (uM)"]])
activity <- numbers(release[["Activity Data (median)"]])
id <- sprintf("%05d", seq_len(nrow(release)))
points <- data.table(curve = rep(id, lengths(doses)), dose_uM = unlist(doses),
                     viability = 100 + unlist(activity))
seconds <- system.time(fits <- fit_curves(points, as.integer(option("cores", "2"))))[["elapsed"]]
fits <- fits[match(id, curve)]
highest <- vapply(doses, max, 0)
theirs <- as.numeric(release[["IC50 (uM)"]])
area <- as.numeric(release$ActArea)

both <- which(is.finite(fits$ic50_uM) & fits$ic50_uM > 0 & !is.na(theirs) & theirs < highest)
ratio <- fits$ic50_uM[both] / theirs[both]
within <- function(ours, theirs, share) mean(abs(ours - theirs) <= share * abs(theirs), na.rm = TRUE)
summed <- mapply(function(d, e, h, c) sum(1 - log_logistic(d, e, h, c)), doses, fits$e_inf,
                 fits$hill, fits$ec50_uM)
full <- which(!is.na(summed) & !is.na(area))
ours <- summed[full]
measured <- vapply(activity, function(a) sum(pmax(-a, 0)) / 100, 0)[full]
r <- function(x) sprintf("%.3f", x)
sensitive <- area[full] >= 1
censored <- is.infinite(fits$ic50_uM) == (theirs >= highest)
cat(sprintf("IC50 ratio ours/theirs: median %.3f, quartiles %.3f %.3f; same censoring in %.1f %% of curves\n",
            median(ratio), quantile(ratio, .25), quantile(ratio, .75), 100 * mean(censored, na.rm = TRUE)))
cat(sprintf("well-fitted (r2 > 0.9) and sigmoid: IC50 within 10 %% in %.1f %%, log IC50 pearson %.3f\n",
    100 * mean(abs(ratio[fits$r2[both] > 0.9 & release$FitType[both] == "Sigmoid"] - 1) <= 0.1),
    cor(log10(fits$ic50_uM[both]), log10(theirs[both]))))
cat(sprintf("ActArea >= 1: within 10 %% in %.1f %%\n", 100 * within(ours[sensitive], area[full][sensitive], 0.1)))
cat(sprintf("data: sum of measured -activity within 10 %% of ActArea in %.1f %%, pearson %.3f\n",
            100 * within(measured, area[full], 0.1), cor(measured, area[full])))
for (type in c("Sigmoid", "Linear", "Constant")) {
  k <- release$FitType[full] == type
  cat(sprintf("ActArea, %s (%d curves): within 10 %% in %.1f %%, pearson %.3f\n", type, sum(k),
              100 * within(ours[k], area[full][k], 0.1), cor(ours[k], area[full][k])))
}
cat("r_fit_ccle", paste(c(
  paste0("curves=", nrow(release)), paste0("fitted=", sum(!is.na(fits$aac))),
  paste0("ic50_pairs=", length(both)),
  paste0("ic50_log_pearson=", r(cor(log10(fits$ic50_uM[both]), log10(theirs[both])))),
  paste0("ic50_within_10pct=", r(mean(abs(ratio - 1) <= 0.1))),
  paste0("actarea_pairs=", length(full)),
  paste0("actarea_pearson=", r(cor(ours, area[full]))),
  paste0("actarea_within_10pct=", r(within(ours, area[full], 0.1))),
  paste0("seconds=", sprintf("%.1f", seconds))
)), "\n")
