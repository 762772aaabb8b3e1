"""The bipartite graph of users and items, and propagation over it."""
