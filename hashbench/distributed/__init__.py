"""Dask: the connection to a cluster, and an index spread over its workers."""
