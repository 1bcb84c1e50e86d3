#' Read a delimited table, or say exactly why not
#'
#' @param path CSV or TSV, plain or gzip
#' @param columns names that must be there; NULL accepts any
#' @param numeric names of columns that must hold numbers or NA; TRUE means every
#'   column but those in `text`
#' @param text columns kept as written: an id of 007 is not the number 7
#' @param skip lines before the header (a GCT file has two)
#' @param sep the delimiter; by default tab for .tsv, .txt and .gct, comma otherwise
#' @return a data.table. NA is an empty cell, NA, NaN or N/A.
read_table <- function(path, columns = NULL, numeric = character(), text = character(),
                       skip = 0L, sep = expected_delimiter(path)) {
  plain <- plain_copy(path)
  if (plain != path) on.exit(unlink(plain))
  header <- read_header(plain, path, skip, sep)
  missing <- setdiff(columns, header)
  if (length(missing) > 0) {
    fail(path, sprintf("has no column %s (it has: %s). Rename or add it.",
                       paste(missing, collapse = ", "),
                       paste(utils::head(header, 8), collapse = ", ")),
         line = skip + 1, column = missing[1])
  }
  table <- fread_strictly(path, plain, sep = sep, skip = skip,
                          colClasses = list(character = match(intersect(text, header), header)))
  if (ncol(table) != length(header)) {
    fail(path, sprintf("the header names %d columns, the rows have %d. Repair the header.",
                       length(header), ncol(table)), line = skip + 1)
  }
  data.table::setnames(table, header)
  if (nrow(table) == 0) fail(path, "has a header but no rows. Fetch or export it again.")
  for (column in intersect(text, header)) as_text(table, column, path, skip + 1L)
  if (isTRUE(numeric)) numeric <- setdiff(header, text)
  as_numbers(table, numeric, path, skip + 1L)
}

na_strings <- c("", "NA", "NaN", "N/A", "#N/A")

expected_delimiter <- function(path) {
  if (grepl("\\.(tsv|txt|gct|maf)(\\.gz)?$", path)) "\t" else ","
}

# The header is read apart from the table, so that a fault in it is named before
# fread repairs it silently (it renames nothing, but it accepts duplicates).
read_header <- function(plain, path, skip, sep) {
  line <- utils::tail(readLines(plain, n = skip + 1L, warn = FALSE, encoding = "UTF-8"), 1)
  # The byte-order mark, in bytes: in a C locale it is no character.
  line <- sub("^\xef\xbb\xbf", "", line, useBytes = TRUE)
  Encoding(line) <- "UTF-8"
  if (!all(validUTF8(line))) fail(path, "is not UTF-8. Save the file as UTF-8.", line = skip + 1)
  if (length(line) == 0 || !nzchar(trimws(line))) {
    fail(path, "the header is empty. Give the columns a name.", line = skip + 1)
  }
  if (lengths(regmatches(line, gregexpr("\"", line))) %% 2 == 1) {
    fail(path, "a quote in the header is not closed. Repair the header.", line = skip + 1)
  }
  header <- trimws(scan(text = line, what = "", sep = sep, quote = "\"", quiet = TRUE))
  others <- setdiff(c(",", "\t", ";"), sep)
  other <- others[vapply(others, function(s) lengths(regmatches(line, gregexpr(s, line))), 1L) > 0]
  if (length(header) == 1 && length(other) > 0) {
    fail(path, sprintf("fields are separated by %s, not by %s. Convert the file.",
                       delimiter_name(other[1]), delimiter_name(sep)), line = skip + 1)
  }
  twice <- header[duplicated(header)]
  if (length(twice) > 0) {
    fail(path, sprintf("the header names %s twice. Rename or drop one.", twice[1]),
         line = skip + 1, column = twice[1])
  }
  header
}

delimiter_name <- function(s) c("," = "comma", "\t" = "tab", ";" = "semicolon")[[s]]

# fread's warnings tell of lines it gave up on, so they are errors here. They are
# collected, not thrown: thrown midway, they would leave fread's session open.
fread_strictly <- function(path, plain, ...) {
  told <- character()
  table <- withCallingHandlers(
    tryCatch(
      data.table::fread(plain, ..., header = TRUE, encoding = "UTF-8", integer64 = "double",
                        na.strings = na_strings, strip.white = TRUE, blank.lines.skip = FALSE,
                        fill = FALSE, check.names = FALSE, showProgress = FALSE),
      error = function(e) fail(path, explain_fread(conditionMessage(e)))
    ),
    warning = function(w) {
      told <<- c(told, conditionMessage(w))
      invokeRestart("muffleWarning")
    }
  )
  if (length(told) > 0) fail(path, explain_fread(told[1]))
  table
}

explain_fread <- function(message) {
  message <- iconv(message, "UTF-8", "UTF-8", sub = "byte")
  line <- regmatches(message, regexpr("[Ll]ine [0-9]+", message))
  fields <- regmatches(message, regexpr("Expected [0-9]+ fields but found [0-9]+", message))
  if (length(fields) == 1) return(paste0(tolower(line), ": ", fields, ". Repair that line."))
  paste("cannot be read as a table:", message)
}

as_text <- function(table, column, path, header_line) {
  at <- match(column, names(table))  # by number: the id column may have no name
  values <- table[[at]]
  bad <- which(!validUTF8(values))
  if (length(bad) > 0) {
    fail(path, "is not UTF-8 there. Save the file as UTF-8.", line = header_line + bad[1], column = column)
  }
  # fread leaves a doubled quote doubled.
  doubled <- grep('""', values, fixed = TRUE)
  if (length(doubled) > 0) {
    data.table::set(table, doubled, at, gsub('""', '"', values[doubled], fixed = TRUE))
  }
}

as_numbers <- function(table, columns, path, header_line) {
  for (column in columns) {
    values <- table[[column]]
    if (is.numeric(values)) next
    # An all-NA column is logical; anything else non-numeric has a bad cell.
    values <- iconv(as.character(values), "UTF-8", "UTF-8", sub = "byte")
    numbers <- suppressWarnings(as.numeric(values))
    bad <- which(is.na(numbers) & !is.na(values))
    if (length(bad) > 0) {
      fail(path, sprintf("'%s' is not a number. Correct it or leave it empty.", values[bad[1]]),
           line = header_line + bad[1], column = column)
    }
    data.table::set(table, j = column, value = numbers)
  }
  table
}
