"""The peers: raw `sqlite3`, and `eventsourcing` with its SQLite recorder, equally durable."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder

# Raw sqlite3 --------------------------------------------------------------------------------


def raw(path: Path) -> sqlite3.Connection:
    """A connection with the same durability as the ledger's."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("pragma journal_mode = wal")
    conn.execute("pragma synchronous = full")
    return conn


def schema_of(conn: sqlite3.Connection, kinds: tuple[str, ...]) -> list[str]:
    """The statements that made a file's tables, indexes, triggers, without SQLite's own."""
    places = ", ".join("?" * len(kinds))
    query = (
        f"select sql from sqlite_master where type in ({places}) and sql is not null"
        " and name not like 'sqlite_%' and name not like 'search_index%' order by rowid"
    )
    return [text for (text,) in conn.execute(query, kinds)]


def finished_rows(path: Path) -> dict[str, tuple[list[str], list[tuple[Any, ...]]]]:
    """Columns and rows of every table of a finished ledger."""
    found = {}
    with closing(sqlite3.connect(path)) as conn:
        names = [n for (n,) in conn.execute("select name from sqlite_master where type = 'table'")]
        for name in names:
            # Hidden columns are generated, and not written.
            info = conn.execute(f'pragma table_xinfo("{name}")').fetchall()
            columns = [row[1] for row in info if row[6] == 0]
            rows = conn.execute(f'select {", ".join(columns)} from "{name}"').fetchall()
            # The index of words is no rows; SQLite makes it.
            if not name.startswith(("sqlite_", "search_index")):
                found[name] = (columns, rows)
    return found


def write_rows(
    path: Path, statements: list[str], tables: dict[str, tuple[list[str], list[tuple[Any, ...]]]]
) -> float:
    """Seconds that `executemany` takes for finished rows: events and tables, one transaction."""
    with closing(raw(path)) as conn:
        for statement in statements:
            conn.execute(statement)
        start = time.perf_counter()
        conn.execute("begin")
        for name, (columns, rows) in tables.items():
            places = ", ".join("?" * len(columns))
            conn.executemany(f'insert into "{name}" ({", ".join(columns)}) values ({places})', rows)
        conn.execute("commit")
        return time.perf_counter() - start


# eventsourcing ------------------------------------------------------------------------------


class Fine(Aggregate):
    """A case as `eventsourcing` keeps it: owed and paid."""

    @event("Opened")
    def __init__(self, title: str, authority: str) -> None:
        self.title, self.authority = title, authority
        self.owed = self.paid = 0
        self.notes = 0

    @event("Imposed")
    def impose(self, amount: int, on: str, respondent: str) -> None:
        """A fine."""
        self.owed += amount

    @event("Paid")
    def pay(self, amount: int, on: str) -> None:
        """A payment."""
        self.paid += amount

    @event("Noted")
    def note(self, text: str, on: str) -> None:
        """A note."""
        self.notes += 1


class Fines(Application[UUID]):
    """The application, with neither compression nor encryption: its fastest settings."""

    log_section_size = 1_000


def application(path: Path) -> Fines:
    """An application on a file of SQLite."""
    return Fines(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})


class Balances(SQLiteTrackingRecorder):
    """A view of one table, one row per case, kept by its own recorder."""

    def __init__(self, datastore: Any, **options: Any) -> None:
        super().__init__(datastore, **options)
        self.create_table_statements.append(
            "create table if not exists balances (id text primary key, owed integer, paid integer)"
        )

    def add(self, tracking: Tracking, statement: str, values: tuple[Any, ...]) -> None:
        """Change the table, and note how far the log was followed, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(statement, values)


def project(app: Fines, path: Path, synchronous: str) -> float:
    """Seconds that following the log of an application into one table takes.

    Its SQLite recorder has no subscriptions, so the log is read as its documentation has it for
    pulling: `notification_log.select`, `mapper.to_domain_event`, a commit for each event.
    """
    datastore = SQLiteDatastore(str(path))
    view = Balances(datastore)
    view.create_table()
    with datastore.get_connection(commit=True) as connection:
        connection.cursor().execute(f"pragma synchronous = {synchronous}")
    start, done = time.perf_counter(), 0
    while notifications := app.notification_log.select(start=done + 1, limit=1_000):
        for notification in notifications:
            done = notification.id
            change = _change(app.mapper.to_domain_event(notification))
            view.add(Tracking("fines", done), *change)
    seconds = time.perf_counter() - start
    datastore.close()
    return seconds


def _change(domain_event: Any) -> tuple[str, tuple[Any, ...]]:
    case = str(domain_event.originator_id)
    if isinstance(domain_event, Fine.Imposed):
        return "update balances set owed = owed + ? where id = ?", (domain_event.amount, case)
    if isinstance(domain_event, Fine.Paid):
        return "update balances set paid = paid + ? where id = ?", (domain_event.amount, case)
    return "insert or ignore into balances values (?, 0, 0)", (case,)


def fill(app: Fines, cases: int, events_each: int) -> list[UUID]:
    """Cases of some events each."""
    made = []
    for _ in range(cases):
        fine = Fine(title="Traffic fine", authority="Municipal police")
        fine.impose(amount=3600, on="2020-01-01", respondent="Offender")
        for _ in range(events_each - 2):
            fine.pay(amount=100, on="2020-02-01")
        app.save(fine)
        made.append(fine.id)
    return made
