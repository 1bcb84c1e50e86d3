run <- function(lines, modality, ..., ending = ".csv") {
  output <- file.path(tempfile(), "x.csv")
  normalise(lines_file(lines, ending), output, modality, list(...))
  list(table = fread(output), manifest = jsonlite::read_json(file.path(dirname(output), "manifest.json")))
}

test_that("an expression table keeps its scale, filters as DeepDR, and tells so", {
  done <- run(c(",TP53 (7157),LOW (1),FLAT (2)", "ACH-1,2,0,3", "ACH-2,4,0.1,3", "ACH-3,6,,3"), "expression")
  expect_equal(done$table, data.table(cell = paste0("ACH-", 1:3), `TP53 (7157)` = c(2L, 4L, 6L)))
  entry <- done$manifest$tables$x.csv
  expect_equal(entry$unit, "log2(TPM+1)")
  expect_equal(entry$dropped[c("mean", "sd")], list(mean = 1, sd = 1))
})

test_that("TPM becomes log2(TPM+1); what cannot be TPM is refused", {
  lines <- c(",A,B", "x,0,1023", "y,3,31")
  expect_equal(run(lines, "expression", transform = "log2")$table$B, c(10, 5))
  expect_error(run(c(",A", "x,-1"), "expression", transform = "log2"), "A of x is negative")
  expect_message(run(c(",A", "x,1", "y,9"), "expression", transform = "log2"), "log2 already")
})

test_that("a GCT has features in rows below two lines", {
  done <- run(c("#1.2", "2\t3", "Name\tDescription\tA_LUNG\tB_SKIN\tC_SKIN", "n1\tlet-7a\t5.5\t6\t7",
                "n2\tlet-7b\t1\t\t3"), "mirna", ending = ".gct")
  expect_equal(done$table, data.table(cell = c("A_LUNG", "B_SKIN", "C_SKIN"), n1 = c(5.5, 6, 7), n2 = c(1L, NA, 3L)))
})

test_that("proteomics' replicate plexes are averaged over what was measured", {
  done <- run(c(
    "Protein_Id,Gene_Symbol,Description,Group_ID,Uniprot,Uniprot_Acc,TenPx01_Peptides,A_LUNG_TenPx01,B_SKIN_TenPx02,A_LUNG_TenPx03",
    "p1,X,\"a, b\",1,x,x,9,1,5,3", "p2,Y,c,2,y,y,9,,6,2", "p3,Z,d,3,z,z,9,,7,"
  ), "proteomics", max_missing = 0.5)
  expect_equal(done$table, data.table(cell = c("A_LUNG", "B_SKIN"), p1 = c(2L, 5L), p2 = c(2L, 6L)))
  expect_equal(done$manifest$tables$x.csv$dropped$sd, 1)
})

test_that("released quirks are read: leading blanks, id columns, missing cells", {
  expect_equal(run(c(",AKT", "a, 0.5", "b, -1"), "rppa")$table$AKT, c(0.5, -1))
  met <- run(c("CCLE_ID,DepMap_ID,x", "a,ACH-1,5", "b,,6"), "metabolomics")$table
  expect_equal(met, data.table(cell = c("a", "b"), x = 5:6))
  his <- run(c("CellLineName,BroadID,H3,H4", "a,ACH-1,5,0", "b,ACH-2,NA,1", "c,ACH-3,1,1"), "histone")$table
  expect_equal(his, data.table(cell = paste0("ACH-", 1:3), H3 = c(5L, NA, 1L), H4 = c(0L, 1L, 1L)))
})

test_that("genes that are never mutated are dropped", {
  expect_named(run(c(",A,B", "x,1,0", "y,0,0"), "mutation")$table, c("cell", "A"))
})

test_that("bad tables are named by line and column", {
  expect_error(run(c(",A", "x,1", "x,2"), "rppa"), "line 3, column 1: the id x stands twice")
  expect_error(run(c(",A", "x,1", ",2"), "rppa"), "line 3.*id is empty")
  expect_error(run(c(",A", "x,1", "y,two"), "rppa"), "line 3, column A: 'two'")
  expect_error(run(c("#1.2", "1\t1", "Name\tDescription\tA", "n\td\tq"), "mirna", ending = ".gct"), "line 4, column A")
  expect_error(run(c(",A", "x,1"), "expresion"), "no modality 'expresion'")
  expect_error(run(c(",A", "x,1", "y,1"), "rppa"), "no feature is left")
})

test_that("the command line takes the settings and refuses unknown ones", {
  output <- file.path(tempfile(), "x.csv.gz")
  done <- command("normalise", "--in", lines_file(c(",A,B", "x,1,2", "y,3,2")), "--out", output,
                  "--modality", "rppa", "--scale", "zscore")
  expect_equal(done$status, 0)
  expect_match(done$output, "2 cells, 1 features; dropped: .*sd 1")
  expect_equal(fread(plain_copy(output))$A, c(-1, 1) / sqrt(2))
  wrong <- command("normalise", "--in", "a", "--out", "b", "--modality", "rppa", "--scale", "log")
  expect_equal(wrong$status, 2)
  expect_match(wrong$errors, "choose none, quantile, zscore")
})
