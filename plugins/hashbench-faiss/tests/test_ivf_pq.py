from hashbench_faiss.ivf_pq import IVFPQ

from hashbench.testing import RetrieverTests


class TestIVFPQ(RetrieverTests):
    component = IVFPQ()


class TestIVFPQOfManyLists(RetrieverTests):
    component = IVFPQ(nlist=30, nprobe=1, m=5, bits=6)


def test_parameters_chosen_from_the_size_of_the_catalogue():
    assert [IVFPQ().subvector_bits(n) for n in (0, 1, 7, 8, 15, 16, 1023, 1024, 10**6)] == [1, 1, 1, 1, 1, 2, 7, 8, 8]
    assert [IVFPQ().n_subvectors(dim) for dim in (1, 4, 5, 64)] == [1, 1, 2, 16]
    assert IVFPQ(m=100).n_subvectors(64) == 64
