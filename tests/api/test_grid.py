"""`hashbench.grid`: the command's grid, from Python."""

from hashbench.api.grid import grid

from ..cli.process import TINY

EXPERIMENT = {
    "axes": {"dataset": [TINY], "encoder": ["svd:dim=8"], "head": ["lsh", "itq"], "bits": [8]},
    "search": {"retriever": ["hamming"], "k": [5]},
}


def test_a_mapping_runs_as_an_experiment_file_does_and_once(tmp_path):
    records = grid(EXPERIMENT, out=tmp_path, threads=1)
    assert [(record.head, record.n_bits, record.retriever) for record in records] == [
        ("lsh", 8, "hamming"),
        ("itq", 8, "hamming"),
    ]
    assert [record.created for record in grid(EXPERIMENT, out=tmp_path, threads=1)] == [
        record.created for record in records
    ]
