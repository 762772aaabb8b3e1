from hashbench.components.retrievers.base import BaseRetriever


def test_defaults():
    assert BaseRetriever().max_k is None
    assert BaseRetriever().shardable is False
