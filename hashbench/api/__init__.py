"""The Python interface: `hashbench.run`, `compare`, `report`, `grid` and `load_results`, a file each."""
