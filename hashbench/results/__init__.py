"""Records of runs, and the folder they live in."""
