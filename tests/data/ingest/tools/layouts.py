"""Tables as tools write them, small: PharmacoGx, oncoPredict, gdsctools, ICGC, benchmarks."""

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

_HEAD = "\t7157\t1956\n\tTP53\tEGFR\n\tENSG00000141510\tENSG00000146648\n"
IMPROVE = {
    "response.tsv": "source\timprove_sample_id\timprove_chem_id\tstudy\tauc\tic50\n"
    "CCLE\tACH-1\tDrug_1\tCCLE\t0.7\t5.1\nCCLE\tACH-2\tDrug_1\tCCLE\t0.6\t\n",
    "drug_SMILES.tsv": "improve_chem_id\tcanSMILES\nDrug_1\tOCC\n",
    "cancer_gene_expression.tsv": "\tENSG00000141510\tENSG00000146648\tENSG00000000003\n"
    "\t7157\t1956\t7105\n\tTP53\tEGFR\tTP53\n"
    "ACH-1\t1.5\t0\t2\nACH-2\t3\t4\t5\nACH-3\t3\t4\t5\n",
    "cancer_mutation_count.tsv": f"{_HEAD}ACH-1\t2\t0\n",
    "cancer_discretized_copy_number.tsv": f"{_HEAD}ACH-2\t-2\t2\n",
    "cancer_copy_number.tsv": f"{_HEAD}ACH-2\t0.1\t1.5\n",
    "cancer_RPPA.tsv": "\tAkt\tBax_Caution\nACH-1\t-0.5\t0.25\n",
    "cancer_miRNA_expression.tsv": "\thsa-let-7a\nACH-1\t512.5\n",
    "cancer_DNA_methylation.tsv": "\t1_100\t2_200\n\t7157\t1956\n"
    "\tENSG00000141510\tENSG00000146648\n\tTP53\tEGFR\nACH-1\t0.5\t0.75\n",
    "cancer_mutation_long_format.tsv": "x\n",
}
CODER = {
    "gdscv2_experiments.tsv": "source\timprove_sample_id\timprove_drug_id\tstudy\t"
    "dose_response_metric\tdose_response_value\n"
    + "".join(f"GDSC\t{i}\tSMI_1\tGDSCv2\tfit_auc\t0.{i}\n" for i in (1, 2, 3)),
    "gdscv2_samples.csv": """\
other_id,common_name,other_id_source,cancer_type,improve_sample_id
a,A549,DepMap,Lung,1
b,A549,Sanger,Lung,1
c,HL-60,DepMap,Blood,2
c,HL-60,Sanger,Skin,2
""",
    "gdscv2_drugs.tsv": "improve_drug_id\tchem_name\tcanSMILES\tisoSMILES\n"
    "SMI_1\tethanol\tCCO\tCCO\nSMI_1\talcohol\tCCO\tCCO\n",
    "gdscv2_transcriptomics.csv": """\
improve_sample_id,transcriptomics,entrez_id,source,study
1,31,7157,Broad,x
1,700000,1956,Broad,x
2,0,7157.0,Broad,x
2,900000.25,1956,Broad,x
3,3,7157,Sanger,x
3,950000,1956,Sanger,x
9,1,7157,Broad,x
1,99,7157,Sanger,x
""",
    "gdscv2_mutations.csv": """\
entrez_id,improve_sample_id,mutation,variant_classification,source,study
7157,1,g,Missense_Mutation,Broad,x
1956,1,g,Silent,Broad,x
1956,2,g,Frameshift_Variant,Broad,x
99999999,2,g,Intron,Broad,x
""",
    "gdscv2_copy_number.csv": """\
entrez_id,improve_sample_id,copy_number,copy_call,source,study
7157,1,0.4,deep del,Broad,x
1956,1,1.5,amp,Broad,x
1956,1,1,diploid,Broad,x
7157,2,1,diploid,Broad,x
""",
    "gdscv2_proteomics.csv": """\
entrez_id,improve_sample_id,proteomics,source,study
7157,1,-0.5,Broad,x
7157,1,0.5,Broad,x
""",
}
DREVAL = {
    "GDSC1.csv": """\
cellosaurus_id,cell_line_name,pubchem_id,drug_name,LN_IC50,AUC,tissue
CVCL_1,A,11,one,0.5,0.7,lung
CVCL_2,B,22,two,1.5,0.8,skin
""",
    "mutations.csv": """\
cellosaurus_id,CELL_LINE_NAME,TP53,EGFR
CVCL_1,A,True,False
CVCL_2,B,False,
""",
    "gene_expression.csv": """\
,cell_line_name,cellosaurus_id,TP53
0,A,CVCL_1,2.5
1,B,CVCL_2,3.5
""",
    "drug_smiles.csv": "pubchem_id,canonical_smiles\n11,OCC\n",
}


def put(folder: Path, files: dict[str, str]) -> Path:
    """Write files into a new folder; one whose text is "" is left out."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder
