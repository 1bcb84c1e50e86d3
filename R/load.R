# Sources the package's files from the checkout; the option mmdrp.root is this folder.
suppressPackageStartupMessages(library(data.table))
for (file in sort(list.files(file.path(getOption("mmdrp.root"), "R"), "[.]R$", full.names = TRUE))) {
  source(file, local = globalenv(), encoding = "UTF-8")
}
