"""Tables on terminals of any width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from hashbench.reporting.build_tables import comparison_tables
from hashbench.reporting.table import ComparisonTable
from hashbench.reporting.terminal import print_tables

from ..results.factory import a_record


def printed(groups: list[ComparisonTable], width: int, color: bool = False) -> list[str]:
    stream = io.StringIO()
    print_tables(
        groups,
        Console(
            file=stream, width=width, force_terminal=color, color_system="standard" if color else None, highlight=False
        ),
    )
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_a_wide_terminal_shows_everything(groups: list[ComparisonTable]) -> None:
    assert printed(groups, 200)[:14] == [
        "ml-1m · split ratio · 6040 users × 3706 items",
        "                  hr     hr   ndcg   ndcg    p50        speed  bytes   % re-  train",
        "#  retriever     @50   @100    @50   @100     ms   q/s    -up  /item  tained      s  run",
        "─────────────────────────────────────────────────────────────────────────────────────────",
        "1  continuous  .5000      –  .6000      –   2.00  1000  1.00×    256  100.0*   61.2  bbbb",
        "2  hamming     .2500  .4000  .3000  .3300  0.500  4000  4.00×      4   50.0*   61.2  aaaa",
        "HR@50 = hits / test items (recall); likewise at 100.",
        "All rows: encoder sage, head guided_ste, 32 bits, objective bpr, seed 0.",
        "Sorted by hr@50.",
        "Speed-up over the p50 of the fastest float search, sage guided_ste 32 bits continuous seed 0 (run bbbb).",
        "* There is no float reference: the same model's float search stands for it.",
        "Failed: sage guided_ste 32 bits bpr hamming seed 7 (run cccc0000): 100% of_it failed",
        "",
        "pinterest · split ratio · 6040 users × 3706 items",
    ]


@pytest.mark.parametrize("width", [60, 70, 80, 90, 100])
def test_a_narrow_terminal_leaves_out_the_least_important_columns_and_names_them(width: int) -> None:
    records = [
        a_record(encoder=encoder, head=head, n_bits=64, retriever=retriever, p50=0.0123)
        for encoder in ("sage", "lightgcn")
        for head in ("guided_ste", "hashnet")
        for retriever in ("hierarchical", "hamming")
    ]
    lines = printed(comparison_tables(records, "ndcg@100"), width)
    assert max(map(len, lines)) <= width
    if width >= 70:
        assert len([line for line in lines if " hierarchical " in line and " .3300 " in line]) == 4
    text = " ".join(lines)
    assert "Not shown for lack of room: " in text
    named = text.partition("lack of room: ")[2]
    assert "train s" in named
    assert "ndcg@100" not in named


def test_the_best_is_bold_on_a_terminal(groups: list[ComparisonTable]) -> None:
    text = "\n".join(printed(groups, 200, color=True))
    assert "\x1b[1m.5000\x1b[0m" in text
    assert "\x1b[1m.2500" not in text
