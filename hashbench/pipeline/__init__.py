"""The pipeline: from a plan to its records by load, split, train, index, search, score, time and record."""
