#' Dose at which the fitted curve crosses 50 % viability, with its censoring
#'
#' @inheritParams area_above
#' @return uM. Inf: still above 50 % at the highest dose (right-censored there);
#'   0: already at or below 50 % at the lowest (left-censored there). PharmacoGx's
#'   `computeIC50` extrapolates beyond the tested doses instead; that value is
#'   ec50 * (0.5 / (0.5 - e_inf))^(1 / hill) for e_inf < 0.5.
ic50 <- function(e_inf, hill, ec50, lowest, highest) {
  amplitude <- 1 - e_inf
  reaches <- amplitude > 0.5 & hill > 0
  log_ic50 <- log10(ec50) + log10(0.5 / ifelse(reaches, amplitude - 0.5, NA)) / hill
  # Rounding must not censor a curve that crosses at the very last dose.
  slack <- 1e-9
  result <- 10^log_ic50
  result[!reaches | (!is.na(log_ic50) & log_ic50 > log10(highest) + slack)] <- Inf
  result[reaches & log_ic50 < log10(lowest) - slack] <- 0
  result
}
