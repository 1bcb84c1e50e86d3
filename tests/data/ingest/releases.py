"""Small raw folders with the names, columns and quirks of the real releases."""

from pathlib import Path

SAMPLE_INFO = """\
DepMap_ID,stripped_cell_line_name,CCLE_Name,alias,COSMIC_ID,lineage,lineage_subtype,sex,RRID,Sanger_model_ID,disease
ACH-000001,NIHOVCAR3,NIHOVCAR3_OVARY,OVCAR3,905933.0,ovary,,Female,CVCL_0465,SIDM00105,Ovarian Cancer
ACH-000002,HL60,HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE,,905938.0,blood,AML,Female,CVCL_0002,SIDM00829,Leukemia
ACH-000003,CACO2,CACO2_LARGE_INTESTINE,"CACO2, CaCo-2",,colorectal,,Male,CVCL_0025,SIDM00891,Colon Cancer
ACH-000004,TT,TT_THYROID,,,thyroid,,Female,CVCL_1774,,Thyroid Cancer
ACH-000005,TTOES,TT_OESOPHAGUS,T.T,946356.0,,,Male,CVCL_3174,SIDM01253,Esophageal Cancer
ACH-000006,KYSE30,KYSE30_OESOPHAGUS,shared name,,esophagus,,Male,CVCL_1351,,Esophageal Cancer
ACH-000007,KYSE70,KYSE70_OESOPHAGUS,shared-name,,esophagus,,Male,CVCL_1356,,Esophageal Cancer
ACH-000008,RH30,RH30_SOFT_TISSUE,,,soft_tissue,,Male,CVCL_0041,,Rhabdomyosarcoma
ACH-000009,SJRH30,SJRH30_SOFT_TISSUE,,909716.0,soft_tissue,,Male,CVCL_0041,,Rhabdomyosarcoma
"""

DEPMAP = {
    "CCLE_expression.csv": """\
,TP53 (7157),EGFR (1956),TWIN (1),TWIN (2)
ACH-000001,1.5,0.0,1,2
ACH-000002,2.25,3.5,3,4
ACH-000003,0.5,1.0,5,6
ACH-009999,0.5,1.0,5,6
""",
    "CCLE_mutations.csv": """\
Hugo_Symbol,Variant_Classification,DepMap_ID,isDeleterious,isTCGAhotspot,isCOSMIChotspot,Note
TP53,Missense_Mutation,ACH-000001,False,True,True,"a, quoted"
TP53,Silent,ACH-000002,False,False,False,x
EGFR,Frame_Shift_Del,ACH-000002,True,False,False,x
EGFR,Splice_Site,ACH-000003,True,False,False,x
""",
    "CCLE_gene_cn.csv": """\
,TP53 (7157),EGFR (1956)
ACH-000001,1.01,0.98
ACH-000002,0.2,2.5
""",
    "CCLE_gene_cn_calls.csv": """\
,TP53
NIHOVCAR3_OVARY,-1
""",
    "CCLE_metabolomics_20190502.csv": """\
CCLE_ID,DepMap_ID,"1-methyl,adenosine",lactate
NIHOVCAR3_OVARY,ACH-000001,5.5,6.5
HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE,NA,5.25,6
""",
    "CCLE_RPPA_20181003.csv": """\
,Akt,Bax_Caution
NIHOVCAR3_OVARY,-0.104888, 0.060414
CACO2_LARGE_INTESTINE, 0.358504,-0.180291
OLD_STOMACH,1,1
""",
    "CCLE_GlobalChromatinProfiling_20181130.csv": """\
"","CellLineName","H3K4me0","H3K9me2"
"ACH-000001","NIHOVCAR3_OVARY",0.25,NA
"ACH-000002","HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE",-1,2
""",
    "CCLE_methylation_808.csv": """\
,SKI_1_10_20
ACH-000001,0.5
""",
    "CCLE_miRNA_20181103.gct": """\
#1.2
2\t2
Name\tDescription\tNIHOVCAR3_OVARY\tHL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE
nmiR1.1\thsa-let-7a\t5.5\t6
nmiR2.1\thsa-let-7b\t7\t8
""",
    "protein_quant_current_normalized.csv": """\
Protein_Id,Gene_Symbol,Description,Uniprot,Uniprot_Acc,TenPx01_Peptides,NIHOVCAR3_OVARY_TenPx01,HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE_TenPx02,NIHOVCAR3_OVARY_TenPx28
sp|P55011|S12A2_HUMAN,SLC12A2,"Isoform, 1",S12A2_HUMAN,P55011,3,1.0,,2.0
sp|P00533|EGFR_HUMAN,EGFR,x,EGFR_HUMAN,P00533,,,0.5,3.0
""",
}

CTRPV2 = {
    "v20.data.curves_post_qc.txt": """\
experiment_id\tarea_under_curve\tmaster_cpd_id
1\t10.0\t100
1\t12.0\t200
2\t14.0\t100
3\t11.0\t100
4\t9.5\t100
5\t8.0\t100
1\t7.0\t300
1\t7.0\t400
""",
    "v20.meta.per_experiment.txt": """\
experiment_id\tmaster_ccl_id\texperiment_date
1\t11\t20120501
1\t11\t20120502
2\t12\t20120501
3\t11\t20120501
4\t13\t20120501
5\t14\t20120501
""",
    "v20.meta.per_cell_line.txt": """\
master_ccl_id\tccl_name\tccle_primary_site
11\tOVCAR-3\tovary
12\tHL-60\t
13\tNOWHERE\t
14\tTTOESOPHAGUS\toesophagus
""",
    "v20.meta.per_compound.txt": """\
master_cpd_id\tcpd_name\tgene_symbol_of_protein_target\tcpd_smiles
100\tamine\tEGFR\tCC[NH3+].[Cl-]
200\taspirin "a"\t\tCC(=O)Oc1ccccc1C(=O)[O-].[Na+]
300\tamine:aspirin (1:1 mol/mol)\t\t
400\tsecret\t\t
""",
}

CCLE = {
    "CCLE_NP24.2009_Drug_data_2015.02.24.csv": """\
CCLE Cell Line Name,Primary Cell Line Name,Compound,Target,Doses (uM),Activity Data (median),IC50 (uM),ActArea
NIHOVCAR3_OVARY,OVCAR-3,Amine,EGFR,".0025,.008,.025,8","1,2,3,-4",2.0,1.0
HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE,HL-60,Amine,EGFR,".0025,.008,.025,8","1,2,3,-4",8,0
LOST_LUNG,LOST,Amine,EGFR,".0025,.008,.025,8","1,2,3,-4",8,0
HL60_HAEMATOPOIETIC_AND_LYMPHOID_TISSUE,HL-60,Nutlin-3,MDM2,".0025,.008,.025,8","1,2,3,-4",0.5,2
""",
}

GDSC = {
    "GDSC1_fitted_dose_response_24Jul22.csv": """\
DATASET,NLME_CURVE_ID,COSMIC_ID,CELL_LINE_NAME,SANGER_MODEL_ID,DRUG_ID,DRUG_NAME,LN_IC50,AUC
GDSC1,1,905933,OVCAR-3,SIDM00105,1,Amine,2.0,0.9
GDSC1,2,905933,OVCAR-3,SIDM00105,1,Amine,4.0,0.7
GDSC1,3,905938,HL-60,SIDM00829,1,Amine,1.0,0.5
GDSC1,4,905938,HL-60,SIDM00829,2,Amine,1.5,0.6
GDSC1,5,946356,T-T,SIDM01253,7,Nutlin-3a (-),-1.0,0.2
GDSC1,6,1,NOWHERE,SIDM99999,7,Nutlin-3a (-),-1.0,0.2
""",
    "IC50_v17.csv": """\
COSMIC_ID,Drug_1_IC50,Drug_7_IC50
905933,-2.5,
905938,0.5,1.25
""",
    "GDSC_Screened_Compounds.csv": """\
DRUG_ID,DRUG_NAME,SYNONYMS,TARGET,TARGET_PATHWAY
GDSC:1,Amine,"x, y",EGFR,EGFR signaling
GDSC:7,Nutlin-3a (-),,MDM2,p53 pathway
""",
    "smiles.csv": "drug,smiles\namine,CCN\n",
}

TCGA = {
    "ESCA.maf": """\
#version 2.4
Hugo_Symbol\tVariant_Classification\tVariant_Type\tTumor_Sample_Barcode
TP53\tMissense_Mutation\tSNP\tTCGA-2H-A9GR-01A-12D-A37C-09
TP53\tSilent\tSNP\tTCGA-2H-A9GF-01A-12D-A37C-09
EGFR\tNonsense_Mutation\tSNP\tTCGA-2H-A9GF-01A-12D-A37C-09
MYC\tIntron\tSNP\tTCGA-2H-A9GF-01A-12D-A37C-09
KRAS\tSplice_Site\tSNP\tTCGA-2H-A9GF-01A-12D-A37C-09
BRAF\tMissense_Mutation\tSNP\tTCGA-2H-A9GR-06A-12D-A37C-09
""",
    "tcga_tpm.tsv": """\
gene\tTCGA-2H-A9GR-01A-11R\tTCGA-2H-A9GF-01A-11R\tTCGA-2H-A9GZ-01A-11R\tTCGA-2H-A9GZ-11A-11R\tGTEX-1
TP53\t0\t3\t15\t900\t900
FLAT\t7\t7\t7\t0\t0
LOW\t0\t0\t1\t900\t900
EGFR\t1\t7\t31\t0\t0
""",
}

TUMOURS = {
    "mutation_matrix.txt": """\
\tTCGA-2H-A9GR-01A-12D\tTCGA-02-0001-01A-12D
TP53\t0\t3
EGFR\t1\t0
""",
    "expression_zscore.csv": """\
case_id,cohort,oncotree_code,TP53,EGFR
TCGA-2H-A9GR,ESCA,ESCA,-1.5,0.25
TCGA-02-0002,,,1.5,0.5
""",
    "clinical.tsv": "case_submitter_id\tproject_id\nTCGA-02-0001\tTCGA-GBM\n",
    "tissueSourceSite.tsv": "TSS Code\tSource Site\tStudy Name\n02\tx\tGlioblastoma multiforme\n",
}
MATRICES = {
    "CCLE_mutation_damaging_hotspot.csv": ",TP53,EGFR\nACH-000001,1,0\nACH-000002,0,1\n",
    "CCLE_gene_cn_calls.csv": DEPMAP["CCLE_gene_cn_calls.csv"],
}


def write(folder: Path, *releases: dict[str, str]) -> Path:
    """Write these releases and sample_info, each in a folder of its own below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sample_info.csv").write_text(SAMPLE_INFO)
    for i, release in enumerate(releases):
        below = folder / f"release{i}"
        below.mkdir(exist_ok=True)
        for name, text in release.items():
            (below / name).write_text(text)
    return folder
