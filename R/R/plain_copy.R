#' Path of an uncompressed, readable copy of a text file
#'
#' `gzip -dc` is asked, rather than R's own gzfile(), because it tells a truncated
#' file from a whole one; gzfile() quietly returns what it could read.
#' @param path a text file, plain or gzip (told by its first bytes, not its name)
#' @return `path`, or a temporary file that holds the uncompressed text
plain_copy <- function(path) {
  if (!file.exists(path)) fail(path, "no such file. Check the path.")
  if (dir.exists(path)) fail(path, "is a folder. Name a file in it.")
  if (file.access(path, 4) != 0) fail(path, "cannot be read. Check its permissions.")
  head <- readBin(path, "raw", 4096)
  if (length(head) == 0) fail(path, "is empty. Fetch or export it again.")
  if (length(head) >= 2 && identical(head[1:2], as.raw(c(0x1f, 0x8b)))) {
    plain <- tempfile(fileext = ".txt")
    # gzip reads from stdin, so a name without .gz is no obstacle.
    status <- suppressWarnings(system2("gzip", "-dc", stdout = plain, stderr = FALSE,
                                       stdin = path))
    if (status != 0) {
      unlink(plain)
      fail(path, "the gzip stream is truncated or damaged. Fetch it again.")
    }
    head <- readBin(plain, "raw", 4096)
    if (length(head) == 0) fail(path, "is empty once uncompressed. Fetch it again.")
  } else if (grepl("\\.gz$", path)) {
    fail(path, "is named .gz but is not a gzip file. Fetch it again or rename it.")
  } else {
    plain <- path
  }
  utf16 <- length(head) >= 2 &&
    (identical(head[1:2], as.raw(c(0xff, 0xfe))) ||
       identical(head[1:2], as.raw(c(0xfe, 0xff))))
  if (utf16 || any(head == as.raw(0))) {
    fail(path, "is UTF-16 or binary, not UTF-8 text. Save it as UTF-8 CSV.", line = 1)
  }
  plain
}
