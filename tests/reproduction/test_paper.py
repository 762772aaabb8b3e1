"""What is wrong in the file of a table is said with its position."""

import pytest

from hashbench.errors import HashbenchError
from hashbench.reproduction.table import read_table

from .tiny import TABLE


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('profile = "hashgnn"', 'profile = "hashgn"', "paper.profile: it must be one of standard"),
        ("[0.063, 0.1]", "[0.063]", "figures are needed, one for each of paper.metrics, got 1"),
        ('worse = "lsh"', 'worse = "mf"', "paper.claims[0]: no row is of system 'mf'"),
        (
            'system = "lsh"\nretriever',
            'system = "mf"\nretriever',
            "paper.rows[0].system: axes.system does not name 'mf'",
        ),
        ('source = "Somebody (2020), Table 1"', "", "paper.source: field required"),
        ("[paper]", "[papers]", "papers: there is no such key"),
        ('metrics = ["hr@5", "ndcg@5"]', "", "paper.metrics: rows need them"),
        (
            "[[paper.claims]]",
            '[[paper.charts]]\nkind = "bar"\n\n[[paper.claims]]',
            "paper.charts[0].kind: it must be one of",
        ),
        (
            "[[paper.claims]]",
            '[[paper.charts]]\nkind = "sweep"\n\n[[paper.claims]]',
            "paper.charts[0].over: a sweep needs it",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_listed_with_its_key(tmp_path, old, new, message):
    file = tmp_path / "tiny.toml"
    assert old in TABLE
    file.write_text(TABLE.replace(old, new))
    with pytest.raises(HashbenchError) as error:
        read_table(str(file))
    assert message in str(error.value)
