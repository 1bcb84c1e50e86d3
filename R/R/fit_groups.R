#' Fit the curves of a plan, those with the same doses together
#'
#' Curves that share their doses share the grid of start values, which is what makes
#' a screen of 100,000 curves a matter of seconds to start.
#' @param points id, x, effect, sorted; `plan` id, first, points
#' @return data.table id, hill, p (log10 ec50), a (1 - e_inf), sse
fit_groups <- function(points, plan, cores) {
  if (nrow(plan) == 0) {
    return(data.table::data.table(id = integer(), hill = numeric(), p = numeric(),
                                  a = numeric(), sse = numeric()))
  }
  keep <- points$id %in% plan$id
  text <- points[keep, list(doses = paste(x, collapse = " ")), by = "id"]
  plan <- text[plan, on = "id"]
  groups <- split(seq_len(nrow(plan)), match(plan$doses, unique(plan$doses)))
  # Large groups are cut, small ones bundled: a job is some 500 curves.
  jobs <- unlist(lapply(groups, function(rows) unname(split(rows, (seq_along(rows) - 1L) %/% 500L))),
                 recursive = FALSE)
  bundle <- cumsum(lengths(jobs)) %/% 500L
  run <- function(bundle) {
    data.table::rbindlist(lapply(bundle, function(rows) fit_same_doses(points, plan[rows, ])))
  }
  data.table::rbindlist(spread(split(jobs, bundle), run, cores))
}

fit_same_doses <- function(points, plan) {
  m <- plan$points[1]
  effect <- matrix(points$effect[outer(plan$first, seq_len(m) - 1L, "+")], nrow(plan), m)
  x <- points$x[plan$first[1] + seq_len(m) - 1L]
  starts <- start_grid(x, effect)
  found <- vapply(seq_len(nrow(plan)), function(i) {
    fit_log_logistic(x, effect[i, ], lapply(starts, function(start) start[i, ]))
  }, numeric(4))
  data.table::data.table(id = plan$id, hill = found[1, ], p = found[2, ], a = found[3, ],
                         sse = found[4, ])
}

# mclapply forks, which Windows cannot; there one process does all.
spread <- function(jobs, run, cores) {
  if (cores == 1L || .Platform$OS.type == "windows") return(lapply(jobs, run))
  results <- parallel::mclapply(jobs, run, mc.cores = cores, mc.preschedule = FALSE)
  failed <- vapply(results, function(r) inherits(r, "try-error") || is.null(r), TRUE)
  if (any(failed)) {
    stop("a worker process died (out of memory?); try --cores 1. ",
         as.character(results[failed][[1]]))
  }
  results
}
