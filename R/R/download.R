#' Download a url, going on where the last attempt broke off
#'
#' What has arrived stays in `part`; a later call, also days later, asks for the rest
#' by a range request. If-Range carries the server's own mark of the version, so that
#' two versions of a file are never joined.
#' @param url http(s)
#' @param part where the bytes are gathered
#' @param tries attempts; `wait` seconds before the second, doubled each time
#' @return `part`, complete as far as the server says
download <- function(url, part, tries = 5L, wait = 2) {
  why <- "no attempt was made"
  for (attempt in seq_len(tries)) {
    if (attempt > 1) Sys.sleep(wait * 2^(attempt - 2))
    answer <- ask(url, part)
    if (answer$done) return(part)
    why <- answer$why
    if (answer$final) fail(url, paste0(why, ". Check the address in the table of releases."))
  }
  fail(url, sprintf("%s after %d attempts; %.0f bytes are kept, run again to go on.", why, tries,
                    if (file.exists(part)) file.size(part) else 0))
}

ask <- function(url, part) {
  have <- if (file.exists(part)) file.size(part) else 0
  mark <- paste0(part, ".mark")
  handle <- curl::new_handle(followlocation = TRUE, connecttimeout = 30, low_speed_limit = 1,
                             low_speed_time = 60, useragent = "mmdrp-fetch")
  if (have > 0) {
    curl::handle_setheaders(handle, .list = c(
      list(Range = sprintf("bytes=%.0f-", have)),
      if (file.exists(mark)) list("If-Range" = readLines(mark, n = 1))
    ))
  }
  piece <- paste0(part, ".piece")
  on.exit(unlink(piece))
  error <- tryCatch({
    curl::curl_fetch_disk(url, piece, handle = handle)
    ""
  }, error = function(e) conditionMessage(e))
  data <- curl::handle_data(handle)
  headers <- curl::parse_headers_list(data$headers)
  take(data$status_code, headers, error, part, piece, mark, have)
}

# What an answer means. `final` says that asking again is pointless.
take <- function(status, headers, error, part, piece, mark, have) {
  restart <- function(why) {
    unlink(c(part, mark))
    list(done = FALSE, final = FALSE, why = why)
  }
  range <- headers[["content-range"]] %or% ""
  total <- number_in(range, "/([0-9]+)$")
  if (status == 416) {
    if (!is.na(total) && total == have) return(list(done = TRUE))
    return(restart("the server no longer has the file we began with"))
  }
  if (status == 206) {
    if (!isTRUE(number_in(range, "^bytes +([0-9]+)-") == have)) {
      return(restart("the server sent another range than asked for"))
    }
    if (file.exists(piece)) file.append(part, piece)
  } else if (status == 200) {
    if (file.exists(piece)) rename(piece, part)
    total <- NA
    unlink(mark)
    version <- headers[["etag"]] %or% headers[["last-modified"]]
    # A weak etag does not promise the same bytes, so it cannot guard a range.
    if (!is.null(version) && !startsWith(version, "W/")) writeLines(version, mark)
  } else if (status >= 400) {
    return(list(done = FALSE, final = status < 500 && !status %in% c(408, 429),
                why = paste("the server answered", status)))
  }
  if (nzchar(error)) return(list(done = FALSE, final = FALSE, why = paste("it broke off:", error)))
  if (!is.na(total) && file.size(part) != total) return(restart("the pieces do not add up"))
  unlink(mark)
  list(done = TRUE)
}

# The number that a pattern's group holds, NA where it does not match.
number_in <- function(text, pattern) {
  as.numeric(regmatches(text, regexec(pattern, text))[[1]][2])
}

`%or%` <- function(a, b) if (is.null(a)) b else a
