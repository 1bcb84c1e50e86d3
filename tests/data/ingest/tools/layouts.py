"""Tables as tools write them, small: PharmacoGx, oncoPredict."""

from pathlib import Path

PROFILES = """\
"","ic50_recomputed","aac_recomputed","HS"
"e1",1,0.5,1
"e2",Inf,0.05,1
"e3",2.718281828,0.9,1
"e4",3,0.2,1
"e5",NA,NA,NA
"e6",1,0.3,1
"""
INFO = """\
"","sampleid","treatmentid","duration"
"e1","A","one",72
"e2","A","two",72
"e3","B-1","one",72
"e4","B-1","one",72
"e5","C","one",72
"e6","","one",72
"""
RNA = """\
"","A","B-1","X"
"ENSG00000141510.18",-9.9658,1,4
"ENSG00000146648.16",3.5,-9.9658,1
"ENSG99999999999.1",0.5,1.5,1
"""
PSET = {
    "profiles.csv": PROFILES,
    "info.csv": INFO,
    "samples.csv": '"","sampleid","tissueid"\n"A","A","Lung"\n"B-1","B-1","Skin"\n"C","C",NA\n',
    "treatments.csv": '"","treatmentid","smiles"\n"one","one","OCC"\n"two","two",NA\n',
    "rnaseq.csv": RNA,
    "mutation.csv": '"","A","B-1"\n"TP53","wt","p.R175H"\n"EGFR",NA,"wt"\n',
}

RES = """\
"Camptothecin_1003" "Vinblastine_1004" "Vinblastine_1005"
"COSMIC_905933" -1.5 NA 2.5
"COSMIC_905938" 0.5 3 -2
"COSMIC_1" 0.25 1 1
"""
EXPR = """\
"COSMIC_905938" "COSMIC_905933"
"TP53" 3.5 6.25
"EGFR" 7.5 2.5
"""
ONCO = {"GDSC2_Res.txt": RES, "GDSC2_Expr (RMA Normalized and Log Transformed).txt": EXPR}
CTRP = {
    "CTRP2_Res.csv": '"","erlotinib","ML210"\n"A","14.5","7"\n"B",NA,0.5\n',
    "CTRP2_Expr (TPM, not log transformed).csv": '"","A","B"\n"TP53",31,3\n"EGFR",0,1\n',
}


def put(folder: Path, files: dict[str, str]) -> Path:
    """Write files into a new folder; one whose text is "" is left out."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder
