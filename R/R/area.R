#' Area above the fitted curve over the tested range
#'
#' The mean of 1 - viability over log10 dose between the lowest and the highest
#' dose, in closed form, as PharmacoGx's `computeAUC` (which calls it AUC; AAC is the
#' name since 2019): 0 is insensitive, 1 fully sensitive. 1 - AAC is the area under
#' the curve, the sense of GDSC's AUC.
#' @param e_inf fraction in [0, 1]; `hill` >= 0; `ec50`, `lowest`, `highest` in uM.
#'   All vectorised.
#' @return fraction in [0, 1]
area_above <- function(e_inf, hill, ec50, lowest, highest) {
  width <- log10(highest) - log10(lowest)
  left <- hill * (log10(lowest) - log10(ec50))
  right <- hill * (log10(highest) - log10(ec50))
  exact <- (log10_1p(right) - log10_1p(left)) / (hill * width)
  # A nearly flat curve would divide nothing by nothing: take its middle.
  middle <- stats::plogis((left + right) / 2 * log(10))
  (1 - e_inf) * ifelse(hill * width < 1e-6, middle, exact)
}

# log10(1 + 10^u) without overflow.
log10_1p <- function(u) pmax(u, 0) + log1p(10^-abs(u)) / log(10)
