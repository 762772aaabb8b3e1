"""Papers' tables again: an experiment, the figures that were published, and the two side by side."""
