"""A table as HTML text, with everything escaped and without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Heading:
    """The heading of a column; `kind` is its class, and `about` its tooltip."""

    text: str
    kind: str
    about: str = ""

    def html(self) -> str:
        """Return the header cell."""
        tooltip = f' title="{escape(self.about)}"' if self.about else ""
        return f'<th class="{self.kind}"{tooltip}>{escape(self.text)}</th>'


@dataclass(frozen=True)
class Cell:
    """A cell of the body; `order` is what the column is sorted by."""

    text: str
    kind: str
    order: float | str
    best: bool = False

    def html(self) -> str:
        """Return the cell."""
        best, text = (" best", f"<b>{escape(self.text)}</b>") if self.best else ("", escape(self.text))
        return f'<td class="{self.kind}{best}" data-order="{escape(str(self.order))}">{text}</td>'


def html_table(headings: Sequence[Heading], rows: Iterable[Sequence[Cell]], attributes: str = "") -> str:
    """Return a table element; `attributes` stand in its tag, such as ' class="records"'."""
    head = "".join(heading.html() for heading in headings)
    body = "\n".join(f"<tr>{''.join(cell.html() for cell in row)}</tr>" for row in rows)
    return f"<table{attributes}>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def html_section(title: str, table: str, notes: Sequence[str], failures: Sequence[str] = ()) -> str:
    """Return a titled table with its notes below."""
    items = "".join(f"<li>{escape(note)}</li>" for note in (*notes, *failures))
    listed = f"\n<ul>{items}</ul>" if items else ""
    return f"<h4>{escape(title)}</h4>\n{table}{listed}"
