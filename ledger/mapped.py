"""A table read with its mapping: rows to events, the rows of a case together."""

import csv
import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson
from jinja2.runtime import Context

from events import words
from ledger.door import ALL, Proposed, as_case_id, digits_of, imported_id, proposed
from ledger.errors import LedgerError, Malformed, files_in_sentences
from ledger.expressions import WrongRowError
from ledger.import_report import Refusal
from ledger.mapping import EventRule, TableMapping
from ledger.spool import Found
from ledger.yamlfile import nearest

REFUSED = "refused"
"""The column that tells why a row was refused."""

_DELIMITERS = {";": ";", "\\t": "\t", "|": "|"}
_ROWS_AT_ONCE = 1_000


class Row(NamedTuple):
    """A row with the line on which it begins."""

    line: int
    cells: dict[str, str | None]


class _CaseRow(NamedTuple):
    case_id: str
    line: int
    scope: Context


class MappedRows:
    """A table, with the mapping that makes events of it."""

    def __init__(self, path: Path, name: str, mapping: TableMapping) -> None:
        self.path, self.name, self.mapping = path, name, mapping
        self.encoding = mapping.encoding.removesuffix("-sig")
        suffix = path.suffix.lower()
        self._delimiter = mapping.delimiter or ("\t" if suffix == ".tsv" else ",")
        self.is_rest = False
        """Whether it is what an import refused, with the reasons, and so no whole list."""

    # Rows ------------------------------------------------------------------------------------

    @contextmanager
    def _table(self, at: Callable[[int], None]) -> Iterator[tuple[list[str], Iterator[list[str]]]]:
        """The names of the columns and the lines of cells, each after the number of its line."""
        with (
            files_in_sentences(self.path),
            self.path.open("rb") as raw,
            io.TextIOWrapper(raw, encoding=self.mapping.encoding, newline="") as text,
        ):
            reader = csv.reader(text, strict=True, **self._dialect())
            rows = self._numbered(reader, lambda: at(raw.tell()))
            header = self.mapping.header
            if header is None:
                first = next(rows, None)
                header = first[1:] if first else []
            names = [name.strip() for name in header]
            self.is_rest = REFUSED in names and self.mapping.header is None
            self._check_header(names)
            yield names, rows

    def _dialect(self) -> dict[str, Any]:
        if self.mapping.quote is None:
            return {"delimiter": self._delimiter, "quoting": csv.QUOTE_NONE, "quotechar": None}
        return {"delimiter": self._delimiter, "quotechar": self.mapping.quote}

    def _numbered(self, reader: Any, at: Callable[[], None]) -> Iterator[list[str]]:
        line = 1
        try:
            for cells in reader:
                at()
                yield [str(line), *cells]
                line = reader.line_num + 1
        except csv.Error as error:
            raise Malformed(
                f"{self.name}, line {line}: {error}",
                hint="if quotes mean nothing in this file, write `file: {quote: none}`",
                file=self.name,
                line=line,
            ) from None
        except UnicodeError:
            raise Malformed(
                f"{self.name}, after line {line}: this is not {self.encoding}",
                hint="state the encoding in the mapping: `file: {encoding: cp1252}`",
                file=self.name,
                line=line,
            ) from None

    def _check_header(self, names: list[str]) -> None:
        twice = [name for name in names if names.count(name) > 1]
        if not names or twice:
            what = f"has the column {twice[0]!r} twice" if twice else "is empty"
            raise Malformed(f"{self.name} {what}", file=self.name)
        for name, line in self.mapping.columns.items():
            if name not in names:
                cure = nearest(name, names) or f"; it has {', '.join(names)}"
                raise Malformed(
                    f"{self.mapping.name}, line {line}: {self.name} has no column {name!r}{cure}",
                    hint=self._other_delimiter(names),
                    file=self.mapping.name,
                    line=line,
                )

    def _other_delimiter(self, names: list[str]) -> str | None:
        """A hint, where a header of one column looks like one of several."""
        found = [told for told, sign in _DELIMITERS.items() if sign in names[0]]
        if len(names) > 1 or not found:
            return None
        return (
            f'is this its delimiter? then write `file: {{delimiter: "{found[0]}"}}` in the mapping'
        )

    def _rows(self, at: Callable[[int], None]) -> Iterator[Row | Refusal]:
        unknown = self.mapping.unknown
        with self._table(at) as (names, lines):
            for number, *cells in lines:
                if not any(cells):
                    continue
                if len(cells) != len(names):
                    words = f"the row has {len(cells)} cells where the header has {len(names)}"
                    yield Refusal(int(number), None, words)
                    continue
                stripped = [cell.strip() for cell in cells]
                told = [None if cell in unknown else cell for cell in stripped]
                yield Row(int(number), dict(zip(names, told, strict=True)))

    def _of_cases(self, at: Callable[[int], None]) -> Iterator[_CaseRow | Refusal]:
        """The rows that count, with their cases and the values of `let`."""
        for row in self._rows(at):
            if isinstance(row, Refusal):
                yield row
                continue
            scope = self.mapping.scope({**row.cells, "row": row.cells})
            try:
                if self.mapping.skip and self.mapping.skip(scope):
                    continue
                self._let(scope)
                yield _CaseRow(self._case_id(scope), row.line, scope)
            except (WrongRowError, LedgerError) as error:
                yield Refusal(row.line, None, str(error))

    def _let(self, scope: Context) -> None:
        for name, value in self.mapping.let.items():
            scope.parent[name] = value(scope)

    def _case_id(self, scope: Context) -> str:
        case_id = self.mapping.case(scope)
        if case_id is None:
            raise WrongRowError("the case id is unknown")
        prefix = self.mapping.list_prefix or ""
        if not str(case_id).startswith(prefix):
            raise WrongRowError(f"the case id {case_id!r} does not begin with {prefix!r} (`list:`)")
        return as_case_id(str(case_id))

    # Events ----------------------------------------------------------------------------------

    def read(self, at: Callable[[int], None]) -> Iterator[Found | Refusal]:
        """Every event of the table, or why there is none; `at` is told how many bytes were read."""
        with closing(sqlite3.connect("", isolation_level=None)) as conn:
            conn.executescript("pragma journal_mode = off; pragma cache_size = -8000; begin")
            cases = self._sorted if not self.mapping.is_sorted else self._together
            for found in cases(conn, at):
                if isinstance(found, Refusal):
                    yield found
                else:
                    yield from self._events(*found)

    def _together(
        self, conn: sqlite3.Connection, at: Callable[[int], None]
    ) -> Iterator[tuple[str, list[_CaseRow]] | Refusal]:
        """The cases of a table that has the rows of each together."""
        conn.execute("create table seen (case_id text primary key) without rowid")
        insert = "insert or ignore into seen values (?)"
        rows: list[_CaseRow] = []
        for found in chain(self._of_cases(at), [None]):
            if isinstance(found, Refusal):
                yield found
                continue
            if rows and (found is None or found.case_id != rows[0].case_id):
                if conn.execute(insert, (rows[0].case_id,)).rowcount:
                    yield rows[0].case_id, rows
                else:
                    words = "the case has further rows above, apart from these"
                    hint = "write `sort: true` in the mapping"
                    yield Refusal(rows[0].line, rows[0].case_id, words, hint)
                rows = []
            if found:
                rows.append(found)

    def _sorted(
        self, conn: sqlite3.Connection, at: Callable[[int], None]
    ) -> Iterator[tuple[str, list[_CaseRow]] | Refusal]:
        """The cases of a table that has them mixed: the rows wait in a temporary file."""
        conn.executescript(
            "create table cases (case_no integer primary key, case_id text unique);"
            "create table mixed (case_id text, line integer, cells text)"
        )
        waiting: list[tuple[str, int, bytes]] = []

        def put() -> None:
            conn.executemany(
                "insert or ignore into cases (case_id) values (?)", [row[:1] for row in waiting]
            )
            conn.executemany("insert into mixed values (?, ?, ?)", waiting)
            waiting.clear()

        for found in self._of_cases(at):
            if isinstance(found, Refusal):
                yield found
                continue
            # The values of `let` are made again: they need not be what JSON can hold.
            waiting.append((found.case_id, found.line, orjson.dumps(found.scope.parent["row"])))
            if len(waiting) >= _ROWS_AT_ONCE:
                put()
        put()
        query = (
            "select case_id, line, cells from mixed join cases using (case_id)"
            " order by case_no, mixed.rowid"
        )
        for case_id, rows in groupby(conn.execute(query), itemgetter(0)):
            yield case_id, [self._again(*row) for row in rows]

    def _again(self, case_id: str, line: int, stored: bytes) -> _CaseRow:
        row = orjson.loads(stored)
        scope = self.mapping.scope({**row, "row": row})
        self._let(scope)
        return _CaseRow(case_id, line, scope)

    def _events(self, case_id: str, rows: list[_CaseRow]) -> Iterator[Found | Refusal]:
        """The events of one case."""
        if order := self.mapping.order:
            try:
                rows = sorted(rows, key=lambda row: order(row.scope))
            except (WrongRowError, TypeError) as error:
                yield Refusal(rows[0].line, case_id, f"the rows have no order: {error}")
                return
        shown = [row.scope.parent for row in rows]
        end = len(rows) - 1
        for place, row in enumerate(rows):
            scope = self.mapping.scope(row.scope.parent)
            scope.parent.update(
                rows=shown,
                first=place == 0,
                last=place == end,
                previous=shown[place - 1] if place else None,
            )
            for rule in self.mapping.events:
                if place == 0 or not rule.per_case:
                    yield from self._ruled(rule, case_id, row.line, scope)

    def _ruled(
        self, rule: EventRule, case_id: str, line: int, scope: Context
    ) -> Iterator[Found | Refusal]:
        """The events that one rule makes of a row."""
        try:
            scopes = [scope]
            if rule.each:
                items = rule.each(scope) or ()
                if not isinstance(items, (list, tuple)):
                    raise WrongRowError(f"line {rule.line} of the mapping: `each` is no list")
                scopes = [self.mapping.scope({**scope.parent, "item": item}) for item in items]
            for one in scopes:
                if rule.when is None or rule.when(one):
                    yield Found(line, _event(rule, case_id, one), rule.changed)
        except (WrongRowError, LedgerError) as error:
            yield Refusal(line, case_id, f"{rule.type}: {error}", getattr(error, "hint", None))

    def write_refused(self, why: Callable[[int, str | None], str | None], out: IO[str]) -> None:
        """Write the rows that `why` has a reason for, with a column that tells it."""
        dialect = self._dialect()
        if self.mapping.quote is None:
            dialect["escapechar"] = "\\"
        writer = csv.writer(out, lineterminator="\n", **dialect)
        cases = {
            row.line: row.case_id
            for row in self._of_cases(lambda _: None)
            if isinstance(row, _CaseRow) and why(row.line, row.case_id)
        }
        with self._table(lambda _: None) as (names, lines):
            own = [name for name in names if name != REFUSED]
            if self.mapping.header is None:
                writer.writerow([*own, REFUSED])
            for number, *cells in lines:
                reason = why(int(number), cases.get(int(number)))
                if reason and any(cells):
                    kept = [c for n, c in zip(names, cells, strict=False) if n != REFUSED]
                    writer.writerow([*kept, *cells[len(names) :], reason])


def _event(rule: EventRule, case_id: str, scope: Context) -> Proposed:
    key = rule.id(scope)
    if key is None or key == "":
        raise WrongRowError("its id is unknown")
    fields = {
        name: made for name, value in rule.fields.items() if (made := value(scope)) is not None
    }
    source = rule.source(scope) if rule.source else None
    proposal = proposed(
        case_id,
        rule.type,
        fields,
        event_id=imported_id(case_id, rule.type, str(key)),
        source=_line("source", source),
        confidence=rule.confidence(scope) if rule.confidence else None,
        confidential=[name for name in rule.confidential if name == ALL or name in fields],
    )
    digits_of(proposal.event)
    return proposal


def _line(name: str, value: Any) -> str | None:
    try:
        return words.line(str(value)) if value is not None else None
    except ValueError as error:
        raise WrongRowError(f"{name} {error}") from None
