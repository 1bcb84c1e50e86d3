#' Whether a file is what was asked for
#'
#' @param path the file; `name` its final name, whose ending tells the format
#' @param bytes,sha256,md5 what it should be, NA where unknown
#' @return "" or what is wrong with it
check_file <- function(path, name = basename(path), bytes = NA, sha256 = NA, md5 = NA) {
  size <- file.size(path)
  if (is.na(size)) return("does not exist")
  if (size == 0) return("is empty")
  # Before the size: "a web page" tells more than "wrong size".
  if (!grepl("\\.html?$", name) && looks_like_html(path)) {
    return("is a web page (a login or error page?), not data")
  }
  if (!is.na(bytes) && size != bytes) {
    return(sprintf("has %.0f bytes, not %.0f", size, bytes))
  }
  if (!is.na(sha256) && digest::digest(path, "sha256", file = TRUE) != tolower(sha256)) {
    return("has another sha256 than it should")
  }
  if (!is.na(md5) && digest::digest(path, "md5", file = TRUE) != tolower(md5)) {
    return("has another md5 than it should")
  }
  if (grepl("\\.gz$", name) && system2("gzip", "-t", stdin = path, stdout = FALSE,
                                       stderr = FALSE) != 0) {
    return("is not a whole gzip file")
  }
  if (grepl("\\.(zip|xlsx)$", name) && is.null(zip_members(path))) return("is not a whole zip file")
  ""
}

looks_like_html <- function(path) {
  head <- readBin(path, "raw", 1024)
  text <- rawToChar(head[head != as.raw(0)])
  grepl("^\\s*(<\\?xml[^>]*>\\s*)?(<!--.*?-->\\s*)*<(!doctype\\s+html|html|head|body)\\b", text,
        ignore.case = TRUE, perl = TRUE, useBytes = TRUE)
}

# The central directory stands at a zip's end, so a truncated one has no list.
zip_members <- function(path) {
  tryCatch(utils::unzip(path, list = TRUE)$Name, error = function(e) NULL,
           warning = function(w) NULL)
}
