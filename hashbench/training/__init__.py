"""Training: the loop, its steps, checkpoints, optimizers, and the sampling of batches."""
