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
  handle <- curl::new_handle(url = url, followlocation = TRUE, connecttimeout = 30, low_speed_limit = 1,
                             low_speed_time = 60, useragent = "mmdrp-fetch")
  if (have > 0) {
    curl::handle_setheaders(handle, .list = c(
      list(Range = sprintf("bytes=%.0f-", have)),
      if (file.exists(mark)) list("If-Range" = readLines(mark, n = 1))
    ))
  }
  answer <- NULL
  to <- NULL
  on.exit(if (!is.null(to)) close(to))
  # Bytes go straight into `part`, so that also a killed process leaves what had come;
  # but only once the first of them shows what kind of answer it is.
  write <- function(bytes, final = FALSE) {
    if (is.null(answer)) {
      answer <<- judge(handle, part, mark, have)
      if (!is.null(answer$mode)) to <<- file(part, answer$mode)
    }
    if (!is.null(to)) writeBin(bytes, to)
  }
  error <- ""
  # Not curl_fetch_stream(): at a break it drops what it holds but has not handed over.
  pool <- curl::new_pool()
  curl::multi_add(handle, data = write, fail = function(message) error <<- message, pool = pool)
  curl::multi_run(pool = pool)
  if (is.null(answer)) answer <- judge(handle, part, mark, have)  # an answer without a body
  if (!is.null(to)) close(to)
  to <- NULL
  conclude(answer, error, part, mark)
}

# What an answer means: `mode` to open the part with, or why nothing is to be written.
# `final` says that asking again is pointless.
judge <- function(handle, part, mark, have) {
  data <- curl::handle_data(handle)
  headers <- curl::parse_headers_list(data$headers)
  range <- headers[["content-range"]] %or% ""
  total <- number_in(range, "/([0-9]+)$")
  status <- data$status_code
  if (status == 206 && isTRUE(number_in(range, "^bytes +([0-9]+)-") == have)) {
    return(list(mode = "ab", size = total))
  }
  if (status == 206) return(list(restart = TRUE, why = "the server sent another range than asked for"))
  if (status == 416 && isTRUE(total == have)) return(list(done = TRUE))
  if (status == 416) return(list(restart = TRUE, why = "the server no longer has the file we began with"))
  if (status >= 400) {
    return(list(final = status < 500 && !status %in% c(408, 429),
                why = paste("the server answered", status)))
  }
  if (status != 200) return(list(why = "no answer came"))
  unlink(mark)
  version <- headers[["etag"]] %or% headers[["last-modified"]]
  # A weak etag does not promise the same bytes, so it cannot guard a range.
  if (!is.null(version) && !startsWith(version, "W/")) writeLines(version, mark)
  list(mode = "wb", size = number_in(headers[["content-length"]] %or% "", "^([0-9]+)$"))
}

conclude <- function(answer, error, part, mark) {
  failed <- function(why) list(done = FALSE, final = isTRUE(answer$final), why = why)
  if (isTRUE(answer$restart)) unlink(c(part, mark))
  if (isTRUE(answer$done) || (!is.null(answer$mode) && error == "")) {
    # An empty body has no first byte that would have made the file.
    if (!file.exists(part)) file.create(part)
    # R tells of a full disk by a warning at most, so the size is looked at.
    if (!is.na(answer$size %or% NA) && file.size(part) != answer$size) {
      unlink(c(part, mark))
      return(failed("not all bytes could be written; is the disk full?"))
    }
    unlink(mark)
    return(list(done = TRUE))
  }
  if (!is.null(answer$mode)) return(failed(paste("it broke off:", error)))
  failed(if (nzchar(error) && !isTRUE(answer$final)) paste0(answer$why, ": ", error) else answer$why)
}

# The number that a pattern's group holds, NA where it does not match.
number_in <- function(text, pattern) {
  as.numeric(regmatches(text, regexec(pattern, text))[[1]][2])
}

`%or%` <- function(a, b) if (is.null(a)) b else a
