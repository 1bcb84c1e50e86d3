# Starts server.py with this body; ends it with the test that asked for it.
local_server <- function(body, frame = parent.frame()) {
  python <- Sys.which("python3")
  if (python == "") skip("python3 is not here, so there is no local server")
  folder <- tempfile("server")
  dir.create(folder)
  writeBin(body, file.path(folder, "body"))
  server <- processx::process$new(python, c(test_path("server.py"), folder))
  withr::defer(server$kill(), envir = frame)
  port <- file.path(folder, "port")
  for (i in 1:200) if (file.exists(port)) break else Sys.sleep(0.05)
  if (!file.exists(port)) skip("the local server did not start")
  list(url = function(...) paste0("http://127.0.0.1:", readLines(port, warn = FALSE), "/", paste(..., sep = "/")),
       log = function() readLines(file.path(folder, "log")))
}

release_row <- function(url, file = "data.csv", bytes = NA_real_, sha256 = NA_character_,
                        md5 = NA_character_, extract = NA_character_) {
  data.table(release = "r1", file = file, url = url, bytes = bytes, sha256 = sha256, md5 = md5,
             extract = extract, licence = "made up")
}

sha256 <- function(bytes) digest::digest(bytes, "sha256", serialize = FALSE)
