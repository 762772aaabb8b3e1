"""Formats with one row per line: CSV, TSV, RecBole `.inter`, MovieLens `ratings.dat`, NCF `.rating`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv

from hashbench.data.ids import id_column
from hashbench.data.readers.columns import AUTO, find_id_columns
from hashbench.data.readers.rows import UNDECODED, WHITESPACE, Row, Rows, Source, drop_bad_rows, id_problem
from hashbench.errors import BadData, BadParameter

_SEPARATOR_REPLACEMENT = b"\x1f"  # pyarrow supports only separators of one character
_CHUNK_BYTES = 1 << 22


@dataclass(frozen=True)
class Delimited:
    """A format of lines with separated fields.

    `columns` are the fixed column names; None means that the first line names them, as `name:type` if `typed`.
    Fields may be quoted if `quoted`.
    """

    separator: str
    columns: tuple[str, ...] | None = None
    quoted: bool = False
    typed: bool = False
    encoding: str = "utf-8"

    def read(self, source: Source, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Rows:
        """Read the user and item columns of all rows."""
        names: Sequence[str]
        if self.columns is None:
            names, n_header_lines = self._header(source)
            indices = find_id_columns(source.label, names, user, item)
        else:
            if (user, item) != (AUTO, AUTO):
                raise BadParameter(f"{source.label}: this format has no column names to choose by user=… and item=…")
            names, n_header_lines, indices = self.columns, 0, (0, 1)
        fields = [f"f{index}" for index in range(len(names))]
        id_fields = [fields[index] for index in indices]
        n_malformed = 0

        def skip_malformed(_: object) -> str:
            nonlocal n_malformed
            n_malformed += 1
            return "skip"

        try:
            with self._stream(source) as stream:
                table = pa.csv.read_csv(
                    stream,
                    pa.csv.ReadOptions(column_names=fields, skip_rows=n_header_lines),
                    pa.csv.ParseOptions(
                        delimiter=self.separator if len(self.separator) == 1 else _SEPARATOR_REPLACEMENT.decode(),
                        quote_char='"' if self.quoted else False,
                        newlines_in_values=self.quoted,
                        invalid_row_handler=skip_malformed,
                    ),
                    pa.csv.ConvertOptions(
                        include_columns=id_fields,
                        column_types=dict.fromkeys(id_fields, pa.dictionary(pa.int32(), pa.binary())),
                        null_values=[],
                    ),
                )
        except pa.ArrowInvalid as error:
            self._refuse_unclosed_quote(source)
            reason = str(error).splitlines()[0]
            raise BadData(f"{source.label}: the rows cannot be parsed ({reason}); write the file again") from None
        self._refuse_unclosed_quote(source)
        rows = Rows(
            source,
            id_column(table.column(0)),
            id_column(table.column(1)),
            lambda: self._scan(source, names, indices, n_header_lines),
        )
        return drop_bad_rows(rows, n_malformed, skip_bad_rows)

    def _stream(self, source: Source) -> BinaryIO:
        if len(self.separator) == 1 and self.encoding == "utf-8":
            return source.open()
        data = source.read()
        if self.encoding != "utf-8" and not data.isascii():
            data = data.decode(self.encoding).encode()
        return io.BytesIO(data.replace(self.separator.encode(), _SEPARATOR_REPLACEMENT))

    def _header(self, source: Source) -> tuple[list[str], int]:
        """Return the column names, and the number of lines up to the end of the header."""
        for _, last_line, fields in self._records(source):
            names = [name.strip() for name in fields]
            if UNDECODED.search("".join(names)):
                raise BadData(f"{source.label}:{last_line}: the header is not UTF-8 text; save the file as UTF-8")
            return [name.partition(":")[0] for name in names] if self.typed else names, last_line
        raise BadData(f"{source.label}: has only blank lines; expected a header line that names the columns")

    def _records(self, source: Source, strict: bool = False) -> Iterator[tuple[int, int, list[str]]]:
        """Yield (first line, last line, fields) of each record that is not a blank line."""
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with io.TextIOWrapper(source.open(), encoding, "surrogateescape", newline="" if self.quoted else None) as text:
            if self.quoted:
                reader = csv.reader(text, delimiter=self.separator, strict=strict)
                first = 1
                for record in reader:
                    if record:
                        yield first, reader.line_num, record
                    first = reader.line_num + 1
            else:
                lines = ((number, line.rstrip("\n")) for number, line in enumerate(text, 1))
                yield from ((number, number, line.split(self.separator)) for number, line in lines if line)

    def _scan(
        self, source: Source, names: Sequence[str], indices: tuple[int, int], n_header_lines: int
    ) -> Iterator[Row]:
        for line, _, record in self._records(source):
            if line <= n_header_lines:
                continue
            if len(record) != len(names):
                pattern = self.separator.join(names).replace("\t", "<tab>")
                yield Row(line, "", "", f"expected {len(names)} fields ({pattern}), got {len(record)}")
                continue
            user, item = (record[index].strip(WHITESPACE) for index in indices)
            user_name, item_name = (names[index] for index in indices)
            yield Row(line, user, item, id_problem(user_name, user) or id_problem(item_name, item))

    @staticmethod
    def _has_odd_quotes(source: Source) -> bool:
        with source.open() as file:
            return sum(chunk.count(b'"') for chunk in iter(lambda: file.read(_CHUNK_BYTES), b"")) % 2 == 1

    def _refuse_unclosed_quote(self, source: Source) -> None:
        """Refuse a file that ends inside a quoted field: the field would contain all rows after the quote."""
        if not (self.quoted and self._has_odd_quotes(source)):
            return
        last_line = 0
        try:
            for _, line, _ in self._records(source, strict=True):
                last_line = line
        except csv.Error as error:
            if "unexpected end" in str(error) or "field larger" in str(error):
                raise BadData(
                    f"{source.label}:{last_line + 1}: a quote is opened here and never closed; close it, "
                    "or get the file again"
                ) from None
