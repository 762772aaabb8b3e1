"""Interactions, codes, splits and readers of data files, as plain arrays without torch."""
