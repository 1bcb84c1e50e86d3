#' Stop with one line that tells the user what to repair
#'
#' @param file name of the file at fault, or "" where there is none
#' @param what what is wrong and what to do, one sentence each
#' @param line,column where; `column` is a column's name or number
#' @return never; raises a condition of class `mmdrp_error`, which main.R turns
#'   into one line on stderr and exit code 2
fail <- function(file, what, line = NULL, column = NULL) {
  place <- c(
    if (nzchar(file)) file,
    if (!is.null(line)) paste("line", format(line, scientific = FALSE)),
    if (!is.null(column)) paste("column", column)
  )
  message <- paste(c(paste(place, collapse = ", "), what)[c(length(place) > 0, TRUE)],
                   collapse = ": ")
  # A message of curl or fread may span lines; the promise is one line.
  message <- gsub("[\r\n]+", " ", message)
  stop(structure(class = c("mmdrp_error", "error", "condition"),
                 list(message = message, call = NULL)))
}
