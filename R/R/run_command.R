#' Run one command of the command line
#'
#' @param arguments character vector, e.g. c("fit", "--in", "a.csv", "--out", "b.csv")
#' @return exit status: 0, or 2 after one line on stderr
run_command <- function(arguments) {
  commands <- list(fetch = command_fetch, fit = command_fit, normalise = command_normalise)
  name <- if (length(arguments) > 0) arguments[1] else "--help"
  if (name %in% c("--help", "-h", "help")) {
    cat(main_help)
    return(0L)
  }
  tryCatch({
    if (!name %in% names(commands)) {
      fail("", sprintf("no command '%s'. Choose fetch, fit or normalise; see --help.", name))
    }
    commands[[name]](arguments[-1])
    0L
  }, help_shown = function(e) 0L, error = function(e) {
    cat("mmdrp ", name, ": ", gsub("[\r\n]+", " ", conditionMessage(e)), "\n", sep = "", file = stderr())
    2L
  })
}

main_help <- "Prepare drug-response data for `mmdrp data build`.

  Rscript R/main.R fetch      download public releases, checked and resumable
  Rscript R/main.R fit        fit dose-response curves (log-logistic; AAC, IC50)
  Rscript R/main.R normalise  bring an omics table to cells x features

Rscript R/main.R COMMAND --help tells the options. docs/r.md tells the rest.
"

# optparse prints help and quits, or stops with its own words; both must come out as
# this program promises.
parse_options <- function(arguments, usage, description, options, required = character()) {
  parser <- optparse::OptionParser(usage, options, description = description)
  if (any(c("--help", "-h") %in% arguments)) {
    optparse::print_help(parser)
    stop(structure(class = c("help_shown", "condition"), list(message = "", call = NULL)))
  }
  parsed <- tryCatch(optparse::parse_args(parser, arguments, positional_arguments = c(0, Inf)),
                     error = function(e) {
                       fail("", paste0(sub("^Error in [^:]*: ", "", trimws(conditionMessage(e))),
                                       ". See --help."))
                     },
                     warning = function(w) fail("", paste0(conditionMessage(w), ". See --help.")))
  for (name in required) {
    if (is.null(parsed$options[[name]])) fail("", sprintf("--%s is needed. See --help.", name))
  }
  parsed
}

no_words <- function(parsed) {
  if (length(parsed$args) > 0) {
    fail("", sprintf("'%s' is not an option. See --help.", parsed$args[1]))
  }
  parsed$options
}

# What manifest.json records as the command: no paths of this machine.
command_line <- function(name, arguments) {
  paste(c("Rscript R/main.R", name, vapply(arguments, function(a) {
    if (grepl("/", a) && !grepl("^--", a)) basename(a) else sub("=.*/", "=", a)
  }, "")), collapse = " ")
}
