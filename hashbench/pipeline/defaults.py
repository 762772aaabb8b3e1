"""What a run is by default; the Python interface, the command line and experiment files read it here.

The defaults of training stand in `hashbench.training.options.TrainingOptions`. This module imports nothing, so that a
command can show its defaults without loading torch.
"""

SPLIT = "ratio"
OBJECTIVE = "bpr"
RETRIEVERS = ("continuous", "hierarchical", "hamming")
"""Those of them that fit a head search it."""
KS = (50, 100)
"""Lengths of the rankings that are scored."""
SEED = 0
DEVICE = "auto"
"""A GPU where there is one, otherwise the CPU."""
RESULTS = "results"
"""The folder that commands write records to."""
