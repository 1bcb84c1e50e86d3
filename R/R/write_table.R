#' Write tables and their manifest, all or nothing
#'
#' Everything is written beside its destination under a temporary name first; only
#' when all of it is on disk are the names exchanged. A crash leaves the old files.
#' @param table a data.table
#' @param path destination; a name ending in .gz is compressed
#' @param entry what manifest.json says of the table, see [manifest_entry()]
#' @return `path`, invisibly
write_table <- function(table, path, entry) {
  folder <- dirname(path)
  if (!dir.exists(folder) && !dir.create(folder, recursive = TRUE, showWarnings = FALSE)) {
    fail(folder, "cannot be created. Choose another --out.")
  }
  if (dir.exists(path)) fail(path, "is a folder. Give --out a file name.")
  # Read first: a damaged manifest must stop us before anything is written.
  manifest <- read_manifest(file.path(folder, "manifest.json"))
  compress <- if (grepl("\\.gz$", path)) "gzip" else "none"
  part <- tempfile(paste0(".", basename(path), "-"), folder)
  on.exit(unlink(part))
  done <- tryCatch({
    data.table::fwrite(table, part, sep = expected_delimiter(path), na = "", quote = "auto",
                       compress = compress, showProgress = FALSE)
    TRUE
  }, error = function(e) conditionMessage(e), warning = function(w) conditionMessage(w))
  if (!isTRUE(done)) fail(path, paste("cannot be written:", done))
  entry <- c(list(file = basename(path), sha256 = digest::digest(part, "sha256", file = TRUE),
                  rows = nrow(table)), entry)
  write_manifest(add_entry(manifest, entry), file.path(folder, "manifest.json"),
                 before = function() rename(part, path))
  invisible(path)
}

# Writing over what was read would destroy raw data for a derived table.
not_the_same <- function(input, output) {
  if (file.exists(input) && file.exists(output) && normalizePath(input) == normalizePath(output)) {
    fail(output, "is the input. Give --out another name.")
  }
}

rename <- function(from, to) {
  if (!suppressWarnings(file.rename(from, to))) {
    fail(to, "cannot be written. Check the folder's permissions.")
  }
}
