# How well fit agrees with the CCLE release's own numbers.
#   Rscript R/bench/fit_ccle.R --in CCLE_NP24.2009_Drug_data_2015.02.24.csv [--cores 2]
#
# The release gives "activity" in percent: 0 without effect, -100 where every cell is
# killed. So viability = 100 + activity. Its IC50 is the dose at which its own curve
# (constant, linear or sigmoid, chosen per curve; not held to start at 100 %) passes
# 50 % and is set to the highest dose, 8 uM, where it does not. Its ActArea is the sum
# over the doses of max(-activity, 0) / 100, capped at 0 per dose, from its curve: about
# one unit a dose. Ours is compared as aac * 8 (activity area over eight doses), on
# curves with the usual eight doses.
local({
  script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE)[1])
  root <- dirname(dirname(normalizePath(script)))
  options(mmdrp.root = root, warn = 1)
  suppressPackageStartupMessages(library(data.table))
  for (file in list.files(file.path(root, "R"), full.names = TRUE)) source(file, local = globalenv())
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
n_doses <- lengths(doses)
theirs <- as.numeric(release[["IC50 (uM)"]])
area <- as.numeric(release$ActArea)

both <- which(is.finite(fits$ic50_uM) & fits$ic50_uM > 0 & !is.na(theirs) & theirs < highest)
ratio <- fits$ic50_uM[both] / theirs[both]
within <- function(ours, theirs, share) mean(abs(ours - theirs) <= share * abs(theirs), na.rm = TRUE)
full <- which(n_doses == 8 & !is.na(fits$aac) & !is.na(area))
ours <- fits$aac[full] * 8
r <- function(x) sprintf("%.3f", x)
sensitive <- area[full] >= 1
censored <- is.infinite(fits$ic50_uM) == (theirs >= highest)
cat(sprintf("IC50 ratio ours/theirs: median %.3f, quartiles %.3f %.3f; same censoring in %.1f %% of curves\n",
            median(ratio), quantile(ratio, .25), quantile(ratio, .75), 100 * mean(censored, na.rm = TRUE)))
cat(sprintf("well-fitted (r2 > 0.9) and sigmoid: IC50 within 10 %% in %.1f %%, log IC50 pearson %.3f\n",
    100 * mean(abs(ratio[fits$r2[both] > 0.9 & release$FitType[both] == "Sigmoid"] - 1) <= 0.1),
    cor(log10(fits$ic50_uM[both]), log10(theirs[both]))))
cat(sprintf("ActArea >= 1: within 10 %% in %.1f %%\n", 100 * within(ours[sensitive], area[full][sensitive], 0.1)))
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
