import numpy as np
import pytest
from hashbench_faiss.bases import CodeRetriever, EmbeddingRetriever, checked_finite, float_embeddings

from hashbench.errors import BadData
from hashbench.protocols import Hashed


def test_what_they_declare():
    assert (CodeRetriever().needs, EmbeddingRetriever().needs) == ({"codes"}, {"embeddings"})
    assert not CodeRetriever().shardable
    assert EmbeddingRetriever().max_k is None


def test_embeddings_as_faiss_reads_them():
    embeddings = float_embeddings(Hashed(embeddings=np.asfortranarray(np.eye(3))))
    assert embeddings.dtype == np.float32
    assert embeddings.flags.c_contiguous
    assert checked_finite(embeddings, "faiss_hnsw") is embeddings
    with pytest.raises(BadData, match="faiss_hnsw"):
        checked_finite(np.full((1, 2), np.inf, np.float32), "faiss_hnsw")
