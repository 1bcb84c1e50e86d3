"""Known pharmacogenomic markers: does a model find them?"""
