from hashbench.components.heads.base import BaseHead, CodedHead


def test_defaults():
    assert BaseHead().emits == {"codes", "embeddings"}
    assert BaseHead().retriever is None
    assert BaseHead().n_bits is None
    assert CodedHead(bits=7).n_bits == 7
