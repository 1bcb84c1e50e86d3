#' manifest.json: what each table of a folder is
#'
#' One object `tables`, keyed by file name; each entry gives file, sha256, rows,
#' columns (name -> unit), source, release, licence and the command that made it.
#' Keys that other programs put into the file are kept. No time stamp: the same
#' input gives the same bytes.
#' @param columns named character vector: column name -> unit or meaning
#' @param source,release,licence,command one string each
manifest_entry <- function(columns, source, release = "", licence = "", command = "") {
  list(columns = as.list(columns), source = source, release = release,
       licence = licence, command = command)
}

read_manifest <- function(path) {
  if (!file.exists(path)) return(list(tables = empty_object()))
  manifest <- tryCatch(jsonlite::read_json(path, simplifyVector = FALSE),
                       error = function(e) NULL)
  if (!is.list(manifest) || is.null(names(manifest)) ||
        (!is.null(manifest$tables) && length(manifest$tables) > 0 &&
           is.null(names(manifest$tables)))) {
    fail(path, "is not a manifest of this program. Move it away or choose another folder.")
  }
  # Python reads a study's manifest by its own rules, which our entries do not follow.
  if (!is.null(manifest$created_by)) {
    fail(path, "belongs to a study of mmdrp. Choose a folder of raw data.")
  }
  if (length(manifest$tables) == 0) manifest$tables <- empty_object()
  manifest
}

add_entry <- function(manifest, entry) {
  manifest$tables[[entry$file]] <- entry
  # Sorted, so that the order of the commands leaves no trace.
  manifest$tables <- manifest$tables[order(names(manifest$tables), method = "radix")]
  manifest
}

write_manifest <- function(manifest, path, before = function() NULL) {
  part <- tempfile(".manifest-", dirname(path))
  on.exit(unlink(part))
  jsonlite::write_json(manifest, part, auto_unbox = TRUE, pretty = 2, digits = NA)
  before()
  rename(part, path)
}

empty_object <- function() structure(list(), names = character())
