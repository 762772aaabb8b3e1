from hashbench_faiss.inverted_file import InvertedFile


def test_parameters_chosen_from_the_size_of_the_catalogue():
    lists = {n: (InvertedFile().n_lists(n), InvertedFile().n_probes(n)) for n in (0, 1, 77, 3400, 40_000, 1_000_000)}
    assert lists == {0: (1, 1), 1: (1, 1), 77: (1, 1), 3400: (87, 8), 40_000: (800, 50), 1_000_000: (4000, 250)}
    assert InvertedFile(nlist=100, nprobe=200).n_lists(30) == 30
    assert InvertedFile(nlist=100, nprobe=200).n_probes(3000) == 100
