#' Read a modality's released file as a matrix
#'
#' @param path the file under its original name
#' @param modality from [read_modality()]
#' @return numeric matrix, cells x features, with names; NA where unmeasured
read_matrix <- function(path, modality) {
  header <- matrix_header(path, modality$skip)
  # Re-exports keep the first column, but not always its name.
  id <- if (modality$id %in% header) modality$id else header[1]
  dropped <- if (is.na(modality$drop)) character() else grep(modality$drop, header, value = TRUE)
  table <- read_table(path, numeric = TRUE, text = c(id, dropped), skip = modality$skip)
  ids <- table[[match(id, header)]]
  bad <- which(is.na(ids) | duplicated(ids))
  if (length(bad) > 0) {
    fail(path, if (is.na(ids[bad[1]])) "the id is empty. Fill it in or drop the line."
         else sprintf("the id %s stands twice. Two lines are never merged: drop one.", ids[bad[1]]),
         line = modality$skip + 1 + bad[1], column = if (nzchar(id)) id else 1)
  }
  keep <- which(!header %in% c(id, dropped))
  if (length(keep) == 0) fail(path, "has no column of values. Check its delimiter.", line = 1)
  x <- as.matrix(table[, keep, with = FALSE])
  dimnames(x) <- list(ids, header[keep])
  if (modality$layout == "features") x <- t(x)
  if (is.na(modality$replicates)) x else average_replicates(x, modality$replicates)
}

matrix_header <- function(path, skip) {
  plain <- plain_copy(path)
  if (plain != path) on.exit(unlink(plain))
  read_header(plain, path, skip, expected_delimiter(path))
}

# The mean of what was measured: NA only where no replicate has a value.
average_replicates <- function(x, suffix) {
  cell <- sub(suffix, "", rownames(x))
  if (!anyDuplicated(cell)) {
    rownames(x) <- cell
    return(x)
  }
  order <- unique(cell)
  count <- rowsum(1 * !is.na(x), cell, reorder = FALSE)
  total <- rowsum(x, cell, reorder = FALSE, na.rm = TRUE)
  mean <- total / count
  mean[count == 0] <- NA
  mean[order, , drop = FALSE]
}
