#' Download releases, and keep only what is whole
#'
#' A file is gathered under `FILE.part`, checked (size, sha256, md5 where the table
#' has them; never a web page; gzip and zip whole) and only then takes its name. So a
#' good file is never replaced by a bad one, and a break costs only what is missing.
#' Where the table has no hash, the sha256 noted in manifest.json at the first fetch
#' tells later whether the file is still the same.
#' @param names releases, see [read_releases()]; `only` file names among them
#' @param out folder; a release goes to the folder of its name below it
#' @param table the releases
#' @param tries,wait see [download()]
#' @return data.table release, file, state (present, fetched, failed), why
fetch <- function(names, out, table = read_releases(), only = NULL, tries = 5L, wait = 2) {
  unknown <- setdiff(names, table$release)
  if (length(unknown) > 0) {
    fail("", sprintf("no release '%s'. There are: %s.", unknown[1],
                     paste(unique(table$release), collapse = ", ")))
  }
  table <- table[table$release %in% names & (is.null(only) | table$file %in% only), ]
  if (nrow(table) == 0) fail("", "no such file in these releases. See --list.")
  done <- lapply(seq_len(nrow(table)), function(i) {
    tryCatch(fetch_file(as.list(table[i, ]), out, tries, wait), error = function(e) {
      data.table::data.table(state = "failed", why = conditionMessage(e))
    })
  })
  cbind(table[, c("release", "file")], data.table::rbindlist(done))
}

fetch_file <- function(row, out, tries, wait) {
  folder <- file.path(out, row$release)
  if (!dir.exists(folder) && !dir.create(folder, recursive = TRUE, showWarnings = FALSE)) {
    fail(folder, "cannot be created. Choose another --out.")
  }
  manifest <- read_manifest(file.path(folder, "manifest.json"))
  target <- file.path(folder, row$file)
  if (file.exists(target) && is_unchanged(target, row, manifest)) {
    if (!all(members(row$extract) %in% list.files(folder))) extract(target, row$extract, folder)
    note(target, row, folder, manifest)
    return(data.table::data.table(state = "present", why = ""))
  }
  part <- paste0(target, ".part")
  if (startsWith(row$url, "pharmacogx:")) {
    write_pset(sub("^pharmacogx:", "", row$url), part)
  } else {
    download(row$url, part, tries, wait)
  }
  wrong <- check_file(part, row$file, row$bytes, row$sha256, row$md5)
  if (nzchar(wrong)) {
    # Going on from bad bytes can only give bad bytes.
    unlink(part)
    fail(row$url, sprintf("what came %s; thrown away. %s", wrong,
                          if (file.exists(target)) "The file at hand is kept." else "Try again later."))
  }
  extract(part, row$extract, folder)
  rename(part, target)
  note(target, row, folder, manifest)
  data.table::data.table(state = "fetched", why = "")
}

is_unchanged <- function(target, row, manifest) {
  known <- row$sha256
  if (is.na(known)) known <- manifest$tables[[row$file]]$sha256 %or% NA
  check_file(target, row$file, row$bytes, known, row$md5) == ""
}

members <- function(extract) if (is.na(extract)) character() else strsplit(extract, ";", fixed = TRUE)[[1]]

# Members are unpacked aside first: a zip that breaks midway leaves nothing behind.
extract <- function(zip, extract, folder) {
  wanted <- members(extract)
  if (length(wanted) == 0) return(invisible())
  inside <- zip_members(zip)
  missing <- setdiff(wanted, basename(inside))
  if (length(missing) > 0) fail(zip, sprintf("has no member %s. Correct the table of releases.", missing[1]))
  aside <- tempfile(".extract-", folder)
  on.exit(unlink(aside, recursive = TRUE))
  files <- tryCatch(
    utils::unzip(zip, inside[match(wanted, basename(inside))], exdir = aside, junkpaths = TRUE),
    warning = function(w) fail(zip, paste("cannot be unpacked:", conditionMessage(w)))
  )
  for (file in files) rename(file, file.path(folder, basename(file)))
}

note <- function(target, row, folder, manifest) {
  files <- c(row$file, members(row$extract))
  for (file in files) {
    path <- file.path(folder, file)
    entry <- c(list(file = file, sha256 = digest::digest(path, "sha256", file = TRUE),
                    bytes = file.size(path)),
               manifest_entry(character(), row$url, row$release, row$licence,
                              paste("Rscript R/main.R fetch", row$release)))
    entry$columns <- NULL  # as released
    manifest <- add_entry(manifest, entry)
  }
  write_manifest(manifest, file.path(folder, "manifest.json"))
}
