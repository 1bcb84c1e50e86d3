"""Is a feature's rank more than chance, and more than kinship of lines?"""
