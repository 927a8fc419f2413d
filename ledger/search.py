"""Search: the words by which a case is found, the index over them, and the answer to a query.

The words are a published table, so that they are made, kept up and compared like any other; the
index (SQLite's FTS5) has the table for its content, and is written beside it. It folds capitals
and accents, though not letters with a stroke (ø, ł), and takes every word that is asked for as the
beginning of one.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from events.case import Case
from events.rows import Appeal, Fine, Order, OrderItem, Party, Statement
from ledger.errors import Malformed

SEARCH = "search"
INDEX = "search_index"
"""The index; tables of its own hold it, whose names begin with this one."""

PAGE = 50
"""How many cases an answer holds."""

WORDS_MAX = 32
"""How many words a query may have: FTS5 refuses a tree of 256 levels, and nobody types that."""


class Words(NamedTuple):
    """One row per case: the words by which it is found. It repeats what the other tables say."""

    title: str | None
    """What the case is about, in a few words."""
    authority: str | None
    """The authority whose case it is."""
    parties: str | None
    """Names of all parties, those that they had before included, a line each."""
    orders: str | None
    """Titles of the orders and what they demand, a line each."""
    statements: str | None
    """Who said what about the case and through whom, a line each."""
    numbers: str | None
    """The case's id, and the numbers of its documents, fines, orders and reviews, a line each."""


_WEIGHTS = (10.0, 4.0, 8.0, 2.0, 1.0, 8.0)
"""How much a word counts in each column of `Words`, in their order."""

_ASSIGNED = re.compile(r"[A-Z]\d+")
"""References that the ledger gives by itself (F1, O2): in every case the same."""

_SOURCES: dict[str, frozenset[str]] = {
    "cases": frozenset({"title", "authority"}),
    "parties": frozenset({"name"}),
    # A fine or a review that is new has its kind or its status first.
    "orders": frozenset({"title", "document"}),
    "order_items": frozenset({"text"}),
    "statements": frozenset(Statement.values),
    "fines": frozenset({"kind", "document"}),
    "appeals": frozenset({"status"}),
}
"""The columns whose change may change the words."""


def words_of(case: Case) -> Words:
    """The words by which a case is found."""
    orders, fines = case.of(Order).values(), case.of(Fine).values()
    former = [
        change.old_value
        for change in case.changes
        if case.former_names and (change.table_name, change.field) == ("parties", "name")
    ]
    refs = [
        *(order.order_ref for order in orders),
        *(fine.fine_ref for fine in fines),
        *case.of(Appeal),
    ]
    numbers = [
        case.case_id,
        *(ref for ref in refs if not _ASSIGNED.fullmatch(ref)),
        *(order.document for order in orders),
        *(fine.document for fine in fines),
        *case.documents,
    ]
    said = case.of(Statement).values()
    return Words(
        case.row.title,
        case.row.authority,
        _lines([*(party.name for party in case.of(Party).values()), *former]),
        _lines(
            [
                *(order.title for order in orders),
                *(item.text for item in case.of(OrderItem).values()),
            ]
        ),
        _lines(part for s in said for part in (s.speaker, s.conveyed_by, s.topic, s.text)),
        _lines(numbers),
    )


def _lines(texts: Iterable[str | None]) -> str | None:
    return "\n".join(dict.fromkeys(filter(None, texts))) or None


def may_differ(case: Case, changes: int, documents: int) -> bool:
    """Whether what happened to a case after its first so many `changes` and `documents` may have
    changed its words."""
    later = case.changes[changes:]
    return len(case.documents) > documents or any(
        change.field in _SOURCES.get(change.table_name, ()) for change in later
    )


_COLUMNS = ", ".join(Words._fields)

CREATE_INDEX = (
    f"create virtual table {INDEX} using fts5({_COLUMNS},"
    f' content="{SEARCH}", content_rowid="first_event",'
    " tokenize='unicode61 remove_diacritics 2')"
)
FILL = f"insert into {INDEX} ({INDEX}) values ('rebuild')"
"""Reads the whole table into the index."""

# No triggers keep the index up: in a trigger FTS5 writes out what it has after every row.
ADD = f"insert into {INDEX} (rowid, {_COLUMNS}) values (?, {', '.join('?' * len(Words._fields))})"
"""Takes a row into the index: its first_event, and the words."""
REMOVE = f"delete from {INDEX} where rowid = ?"
"""Takes a row out of the index; while it is in the table, for FTS5 reads there what to take out."""


@contextmanager
def vocabulary(conn: sqlite3.Connection) -> Iterator[sqlite3.Cursor]:
    """Every word in the index with its case, column and place, in order.

    It is read through a table that lives in this connection only; the file is not written.
    """
    # The tables of a connection count as writing too.
    guarded = conn.execute("pragma query_only").fetchone()[0]
    conn.execute("pragma query_only = off")
    try:
        conn.execute(
            f"create virtual table temp.{INDEX}_words using fts5vocab(main, {INDEX}, instance)"
        )
        words = conn.execute(f"select term, doc, col, offset from temp.{INDEX}_words")
        try:
            yield words
        finally:
            words.close()
            conn.execute(f"drop table temp.{INDEX}_words")
    finally:
        conn.execute(f"pragma query_only = {guarded}")


# -- asking --------------------------------------------------------------------------------------


class Excerpt(NamedTuple):
    """What of a case has the words that were asked for."""

    column: str
    """The column of the table."""
    text: str
    marks: list[tuple[int, int]]
    """Where those words begin and end in the text, in characters."""


class Found(NamedTuple):
    """A case that was found."""

    case_id: str
    title: str | None
    authority: str | None
    stage: str
    excerpts: list[Excerpt]


class Answer(NamedTuple):
    """What a query found: how many cases there are, and so many of them, the best first."""

    total: int
    cases: list[Found]


_PARTS = re.compile(r'"([^"]*)"|([^\s"]+)')
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
_BEGIN, _END = "\x02", "\x03"
_MARKED = re.compile(f"([{_BEGIN}{_END}])")


def expression(query: str) -> str:
    """A query as FTS5 takes it, whatever a person typed.

    All words count, each as the beginning of a word; what stands in quotes is looked for as it is.
    Signs part words: C-123/45 is c, 123 and 45 in a row. Raises Malformed where there is no word,
    or more than WORDS_MAX.
    """
    parts = [
        f'"{phrase}"' if phrase else f'"{word}"*'
        for phrase, word in _PARTS.findall(_UNREADABLE.sub(" ", query))
        if any(sign.isalnum() for sign in phrase or word)
    ]
    if not parts:
        raise Malformed(f"there is no word to look for in {query!r}", field="words")
    if len(parts) > WORDS_MAX:
        raise Malformed(
            f"{len(parts)} words are too many to look for at once; at most {WORDS_MAX} can be",
            field="words",
        )
    return " ".join(parts)


_FOUND = f"""
select cases.case_id, cases.title, cases.authority, cases.stage, found.*
from (
    select rowid as id, rank as place, {{excerpts}}
    from {INDEX} where {INDEX} match :query and rank match :rank
    order by rank limit :limit offset :offset
) found
join {SEARCH} on {SEARCH}.first_event = found.id
join cases on cases.case_id = {SEARCH}.case_id
order by found.place, found.id
"""
_EXCERPT_WORDS = 20


def search(conn: sqlite3.Connection, query: str, *, limit: int = PAGE, offset: int = 0) -> Answer:
    """The cases that have all words of a query, the best first; words in a title, in the name of a
    party and in the number of a document count most. Raises Malformed."""
    matched = expression(query)
    (total,) = conn.execute(
        f"select count(*) from {INDEX} where {INDEX} match ?", (matched,)
    ).fetchone()
    rows = conn.execute(
        _FOUND.format(excerpts=_excerpts()),
        {
            "query": matched,
            "rank": f"bm25({', '.join(map(str, _WEIGHTS))})",
            "limit": limit,
            "offset": offset,
        },
    )
    return Answer(total, [_found(tuple(row)) for row in rows])


def _excerpts() -> str:
    """SQL for what each column has of the words, with signs around them."""
    return ", ".join(
        f"snippet({INDEX}, {place}, char(2), char(3), '…', {_EXCERPT_WORDS}) as in_{name}"
        for place, name in enumerate(Words._fields)
    )


def _found(row: tuple[Any, ...]) -> Found:
    case_id, title, authority, stage, _id, _place, *texts = row
    told = (_excerpt(name, text) for name, text in zip(Words._fields, texts, strict=True) if text)
    return Found(case_id, title, authority, stage, [one for one in told if one.marks])


def _excerpt(column: str, marked: str) -> Excerpt:
    """The text, and where the words in it are. It may hold such signs of its own: they are left
    out, and mark nothing that they should not but a part of that text."""
    text, marks, since = "", list[tuple[int, int]](), None
    for part in _MARKED.split(marked.replace("\n", " · ")):
        if part == _BEGIN:
            since = len(text)
        elif part == _END and since is not None:
            marks.append((since, len(text)))
            since = None
        elif part != _END:
            text += part
    return Excerpt(column, text, marks)
