"""From a plan to its records: load, split, learn, index, search, score, time, record."""
