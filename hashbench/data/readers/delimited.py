"""Lines of fields: CSV, TSV, RecBole `.inter`, MovieLens `ratings.dat`, NCF `.rating`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv

from hashbench.data.ids import id_column
from hashbench.data.readers.columns import AUTO, choose
from hashbench.data.readers.rows import BLANKS, UNDECODED, Row, Rows, Source, checked, problem
from hashbench.errors import BadData, BadParameter

_STAND_IN = b"\x1f"  # pyarrow knows separators of one character
_CHUNK = 1 << 22


@dataclass(frozen=True)
class Delimited:
    """A format of lines: `columns` are fixed, or None where the first line names them (`typed`: as `name:type`)."""

    separator: str
    columns: tuple[str, ...] | None = None
    quoted: bool = False
    typed: bool = False
    encoding: str = "utf-8"

    def read(self, source: Source, user: str = AUTO, item: str = AUTO, skip_bad_rows: bool = False) -> Rows:
        """Read the user and item columns of all rows."""
        names: Sequence[str]
        if self.columns is None:
            names, n_lines = self._header(source)
            places = choose(source.label, names, user, item)
        else:
            if (user, item) != (AUTO, AUTO):
                raise BadParameter(f"{source.label}: this format has no column names to choose by user=… and item=…")
            names, n_lines, places = self.columns, 0, (0, 1)
        fields = [f"f{place}" for place in range(len(names))]
        chosen = [fields[place] for place in places]
        malformed = 0

        def leave_out(_: object) -> str:
            nonlocal malformed
            malformed += 1
            return "skip"

        try:
            with self._stream(source) as stream:
                table = pa.csv.read_csv(
                    stream,
                    pa.csv.ReadOptions(column_names=fields, skip_rows=n_lines),
                    pa.csv.ParseOptions(
                        delimiter=self.separator if len(self.separator) == 1 else _STAND_IN.decode(),
                        quote_char='"' if self.quoted else False,
                        newlines_in_values=self.quoted,
                        invalid_row_handler=leave_out,
                    ),
                    pa.csv.ConvertOptions(
                        include_columns=chosen,
                        column_types=dict.fromkeys(chosen, pa.dictionary(pa.int32(), pa.binary())),
                        null_values=[],
                    ),
                )
        except pa.ArrowInvalid as error:
            self._refuse_open_quote(source)
            reason = str(error).splitlines()[0]
            raise BadData(f"{source.label}: cannot be read as lines of fields ({reason}); write it again") from None
        self._refuse_open_quote(source)
        rows = Rows(
            source,
            id_column(table.column(0)),
            id_column(table.column(1)),
            lambda: self._scan(source, names, places, n_lines),
        )
        return checked(rows, malformed, skip_bad_rows)

    def _stream(self, source: Source) -> BinaryIO:
        if len(self.separator) == 1 and self.encoding == "utf-8":
            return source.open()
        data = source.read()
        if self.encoding != "utf-8" and not data.isascii():
            data = data.decode(self.encoding).encode()
        return io.BytesIO(data.replace(self.separator.encode(), _STAND_IN))

    def _header(self, source: Source) -> tuple[list[str], int]:
        for _, n_lines, fields in self._records(source):
            names = [name.strip() for name in fields]
            if UNDECODED.search("".join(names)):
                raise BadData(f"{source.label}:{n_lines}: the header is not UTF-8 text; save the file as UTF-8")
            return [name.partition(":")[0] for name in names] if self.typed else names, n_lines
        raise BadData(f"{source.label}: holds blank lines alone; expected a header line that names the columns")

    def _records(self, source: Source, strict: bool = False) -> Iterator[tuple[int, int, list[str]]]:
        """Yield each record with its first and its last line, blank lines left out."""
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
                lines = ((place, line.rstrip("\n")) for place, line in enumerate(text, 1))
                yield from ((place, place, line.split(self.separator)) for place, line in lines if line)

    def _scan(self, source: Source, names: Sequence[str], places: tuple[int, int], n_lines: int) -> Iterator[Row]:
        for line, _, record in self._records(source):
            if line <= n_lines:
                continue
            if len(record) != len(names):
                form = self.separator.join(names).replace("\t", "<tab>")
                yield Row(line, "", "", f"expected {len(names)} fields ({form}), got {len(record)}")
                continue
            user, item = (record[place].strip(BLANKS) for place in places)
            yield Row(line, user, item, problem(names[places[0]], user) or problem(names[places[1]], item))

    @staticmethod
    def _odd_quotes(source: Source) -> bool:
        with source.open() as file:
            return sum(chunk.count(b'"') for chunk in iter(lambda: file.read(_CHUNK), b"")) % 2 == 1

    def _refuse_open_quote(self, source: Source) -> None:
        """Refuse a file that ends inside a quoted field, which would have swallowed its last rows."""
        if not (self.quoted and self._odd_quotes(source)):
            return
        last = 0
        try:
            for _, line, _ in self._records(source, strict=True):
                last = line
        except csv.Error as error:
            if "unexpected end" in str(error) or "field larger" in str(error):
                raise BadData(
                    f"{source.label}:{last + 1}: a quote is opened here and never closed; close it, "
                    "or get the file again"
                ) from None
