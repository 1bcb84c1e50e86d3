"""What every score stands beside, on identical rows: means, linear models, kernels, trees."""
