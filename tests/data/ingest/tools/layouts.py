"""Tables as tools write them, small: PharmacoGx, oncoPredict, gdsctools."""

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

FEATURES = """\
COSMIC_ID,TISSUE_FACTOR,MSI_FACTOR,MEDIA_FACTOR,TP53_mut,BRAF_mut,gain_cnaPANCAN129_(MET),loss_cnaPANCAN2,EGFR_HypMET
905933,ovary,0,R,1,0,1,0,1
905938,leukemia,1,D,0,1,0,0,0
946356,aero_dig_tract,,R,1,0,0,1,0
"""
IC50 = "COSMIC_ID,Drug_1_IC50,Drug_7_IC50\n905933,-2.5,\n905938,0.5,1.25\n1,3,2\n"
GDSCTOOLS = {
    "IC50_v17.csv": IC50,
    "genomic_features_v17.csv": FEATURES,
    "cosmic_info.csv": "SAMPLE_NAME,COSMIC_ID,TCGA\nOVCAR-3,905933,OV\nHL-60,905938,LAML\n",
}
EXPORT = """\
Cell Line Name,COSMIC ID,GDSC Desc1,GDSC Desc2,TCGA Desc,Genetic Feature,IS Mutated,Recurrent Gain Loss,Genes in Segment
OVCAR-3,905933,urogenital_system,ovary,OV,TP53_mut,1,,
OVCAR-3,905933,urogenital_system,ovary,OV,cnaPANCAN129,1,gain,"MET"
HL-60,905938,leukemia,x,LAML,TP53_mut,0,,
HL-60,905938,leukemia,x,LAML,TP53_mut,1,,
HL-60,905938,leukemia,x,LAML,cnaPANCAN129,0,gain,"MET"
"""

ICGC = "\n".join("\t".join(row) for row in [
    ("icgc_mutation_id", "icgc_donor_id", "project_code", "icgc_specimen_id", "icgc_sample_id",
     "submitted_sample_id", "chromosome", "consequence_type", "gene_affected",
     "transcript_affected"),
    ("MU1", "DO1", "PACA-AU", "SP1", "SA1", "x", "17", "missense_variant", "ENSG00000141510",
     "ENST00000269305"),
    ("MU2", "DO1", "PACA-AU", "SP1", "SA1", "x", "17", "intron_variant", "ENSG00000146648", ""),
    ("MU3", "DO1", "PACA-AU", "SP2", "SA2", "x", "7", "stop_gained", "ENSG00000146648", ""),
    ("MU4", "DO2", "PACA-AU", "SP4", "SA4", "x", "7", "frameshift_variant", "ENSG00000146648", ""),
    ("MU4", "DO2", "PACA-AU", "SP4", "SA4", "x", "7", "missense_variant", "ENSG00000000000", ""),
    ("MU5", "DO2", "PACA-AU", "SP4", "SA4", "x", "12", "splice_acceptor_variant",
     "ENSG00000133703", ""),
    ("MU6", "DO3", "PACA-AU", "SP5", "SA5", "x", "1", "intergenic_region", "", ""),
    ("MU7", "DO9", "ESCA-US", "SP9", "SA9", "TCGA-2H-A9GR-01A-12D-A37C-09", "7",
     "missense_variant", "ENSG00000146648", ""),
]) + "\n"  # fmt: skip


def put(folder: Path, files: dict[str, str]) -> Path:
    """Write files into a new folder; one whose text is "" is left out."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder
