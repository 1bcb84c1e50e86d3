"""What drives a prediction: a trained network seen as a function of its inputs."""
