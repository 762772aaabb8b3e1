import numpy as np
from hypothesis import given, settings

from hashbench.components.retrievers.continuous import Continuous
from hashbench.components.retrievers.faiss_flat import FaissFlatIndex
from hashbench.protocols import RunContext

from .laws import searches


@given(searches())
@settings(deadline=None)
def test_both_backends_of_the_float_baseline_find_the_same_scores(search):
    """Which of tied items come last is faiss's choice: it is timed, and never scored."""
    users, items, k, exclude, threads = search
    backends = Continuous().build(items, RunContext(threads=threads)).backends()
    assert list(backends) == ["blas", "faiss"]
    assert isinstance(backends["faiss"], FaissFlatIndex)
    ranking = backends["faiss"].search(users, k, exclude)
    assert np.array_equal(ranking.scores, backends["blas"].search(users, k, exclude).scores)
    for query, row in enumerate(ranking.items):
        assert not set(row[row >= 0].tolist()) & set(exclude.row(query).tolist())
