"""Measures caseledger beside its peers, in one run, and writes results.json and README.md.

    python benchmarks/run.py [--data FOLDER] [--events 1000000] [--only NAME]

`--data` is a folder with `traffic_fines/traffic_fines_10k_events.csv`; a row that needs it is left
out, by name, without it. Everything is equally durable (WAL, synchronous = FULL) unless it says
otherwise. Times are medians of several rounds where one round is short.
"""

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import generate
import peers

from ledger import answers, projections
from ledger.book import Book, create
from ledger.door import proposed
from ledger.importers import import_file
from ledger.mapping import SHIPPED

HERE = Path(__file__).resolve().parent
ROUNDS = 200
TRAFFIC = "traffic_fines/traffic_fines_10k_events.csv"


class Bench:
    """One run: where its files are, and what came out."""

    def __init__(self, folder: Path, data: Path | None, events: int) -> None:
        self.folder, self.data, self.events = folder, data, events
        self.results: list[dict[str, Any]] = []

    def note(self, work: str, ours: float, unit: str, **others: Any) -> None:
        """One row of the table."""
        row = {"work": work, "caseledger": ours, "unit": unit, **others}
        self.results.append(row)
        print(json.dumps(row), flush=True)

    def path(self, name: str) -> Path:
        """A new file."""
        return self.folder / name


def median_us(times: list[float]) -> float:
    """Median in microseconds."""
    return round(statistics.median(times) * 1e6, 1)


def timed(work: Callable[..., object], *given: Any, **named: Any) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    work(*given, **named)
    return time.perf_counter() - start


def a_case(case_id: str, events: int) -> list[Any]:
    """Proposals of a case of so many events."""
    opened = {"title": "Traffic fine", "authority": "Municipal police", "occurred_on": "2020-01-01"}
    fine = {"fine": "F1", "respondent": "X", "amount": "1000 EUR", "occurred_on": "2020-01-02"}
    made = [proposed(case_id, "case_opened", opened), proposed(case_id, "fine_imposed", fine)]
    paid = {"fine": "F1", "amount": "0.10 EUR", "occurred_on": "2020-02-01"}
    made += [proposed(case_id, "payment_received", paid) for _ in range(events - 2)]
    return made[:events]


# The rows of the table ------------------------------------------------------------------------


def append_one(bench: Bench) -> None:
    """A durable append with its projection, beside a raw INSERT and `eventsourcing`."""
    path = bench.path("append.db")
    create(path, "bench")
    entry = "x" * 600
    with (
        Book(path) as book,
        closing(peers.raw(bench.path("raw.db"))) as conn,
        peers.application(bench.path("es.db")) as app,
    ):
        conn.execute(
            "create table events (position integer primary key, id text unique, entry text)"
        )
        ours, raws, theirs = [], [], []
        for number in range(ROUNDS):
            *first, last = a_case(f"c{number}", 10)
            book.append(first, by="me")
            fine = app.repository.get(peers.fill(app, 1, 9)[0])
            ours.append(timed(book.append, [last], by="me"))
            row = (number, str(number), entry)
            raws.append(timed(conn.execute, "insert into events values (?, ?, ?)", row))
            fine.pay(amount=1, on="2020-02-01")
            theirs.append(timed(app.save, fine))
    bench.note(
        "append one event, durable, projected; case of 10",
        median_us(ours),
        "µs",
        raw_insert=median_us(raws),
        eventsourcing_unprojected=median_us(theirs),
        to_raw=round(median_us(ours) / median_us(raws), 2),
        to_eventsourcing=round(median_us(ours) / median_us(theirs), 2),
    )


def import_traffic(bench: Bench) -> None:
    """The real traffic events, beside `executemany` of the finished rows."""
    if bench.data is None or not (bench.data / TRAFFIC).exists():
        print("left out: import of the traffic events (no --data)")
        return
    mapping = SHIPPED / "traffic_fines.yml"
    ours, raws, events = [], [], 0
    for number in range(3):
        path = bench.path(f"traffic{number}.db")
        create(path, "bench")
        with Book(path) as book:
            source = bench.data / TRAFFIC
            ours.append(timed(import_file, book, source, by="me", mapping=mapping))
            events = book.store.size()
            book.store.conn.execute("pragma wal_checkpoint(truncate)")
        tables = peers.finished_rows(path)
        with closing(sqlite3.connect(path)) as conn:
            statements = peers.schema_of(conn, ("table", "index"))
        raws.append(peers.write_rows(bench.path(f"raw{number}.db"), statements, tables))
    mine, floor = min(ours), min(raws)
    bench.note(
        f"import of the traffic log: 34,724 rows to {events:,} events",
        round(mine, 2),
        "s",
        raw_executemany=round(floor, 2),
        to_raw=round(mine / floor, 2),
        us_per_event=round(mine / events * 1e6, 1),
    )


def state_of_one(bench: Bench) -> None:
    """The state of one case: as published, and folded anew; beside `repository.get`."""
    path = bench.path("state.db")
    create(path, "bench")
    with Book(path) as book, peers.application(bench.path("state-es.db")) as app:
        for size in (10, 100, 1_000):
            book.append(a_case(f"c{size}", size), by="me", admit=True)
            other = peers.fill(app, 1, size)[0]
            rounds = max(10, 2_000 // size)
            ours, folded, theirs = [], [], []
            for _ in range(rounds):
                ours.append(timed(answers.standing, book, f"c{size}"))
                folded.append(timed(book.case, f"c{size}"))
                theirs.append(timed(app.repository.get, other))
            bench.note(
                f"state of one case of {size:,} events",
                median_us(ours),
                "µs",
                eventsourcing=median_us(theirs),
                to_eventsourcing=round(median_us(ours) / median_us(theirs), 2),
                folded_anew=median_us(folded),
                folded_to_eventsourcing=round(median_us(folded) / median_us(theirs), 2),
            )


def process(bench: Bench) -> None:
    """A whole process that appends, beside one that only imports the libraries."""
    path = bench.path("process.db")
    create(path, "bench")
    command = [sys.executable, str(HERE.parent / "cli.py"), "append", "case-opened"]
    fields = ["--title", "T", "--authority", "A", "--db", str(path), "--by", "me"]
    libraries = [sys.executable, "-c", "import typer, pydantic, sqlite_utils"]
    if subprocess.run([*command, "c", *fields], capture_output=True, check=False).returncode:
        print("left out: append as a whole process (the command line does not run here)")
        return

    # Both with their bytecode kept, as an installation has it.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPYCACHEPREFIX"] = str(bench.path("bytecode"))

    def run(arguments: list[str]) -> float:
        return timed(subprocess.run, arguments, capture_output=True, check=True, env=env)

    run([*command, "warm", *fields])
    run(libraries)
    ours, theirs = [], []
    for number in range(15):
        ours.append(run([*command, f"c{number}", *fields]))
        theirs.append(run(libraries))
    mine, floor = statistics.median(ours), statistics.median(theirs)
    bench.note(
        "`caseledger append` as a whole process",
        round(mine * 1000),
        "ms",
        import_of_libraries=round(floor * 1000),
        to_import=round(mine / floor, 2),
    )


def large(bench: Bench) -> None:
    """Import, rebuild and as-of of generated ledgers of growing size, each in its own process."""
    sizes = [bench.events // 10, bench.events]
    rates = []
    for size in sizes:
        source, path = bench.path(f"{size}.jsonl"), bench.path(f"{size}.db")
        generate.write(source, size)
        create(path, "bench")
        found = {
            step: in_child(step, path, source) for step in ("import", "rebuild", "as-of", "floor")
        }
        events = found["import"]["events"]
        for step in ("import", "rebuild"):
            bench.note(
                f"{step} of {events:,} generated events",
                found[step]["seconds"],
                "s",
                us_per_event=round(found[step]["seconds"] / events * 1e6, 1),
                peak_mb=found[step]["peak_mb"],
            )
        floor, rebuild = found["floor"]["seconds"], found["rebuild"]["seconds"]
        bench.note(
            f"rebuild of {events:,} events beside a loop that reads, decodes and writes the rows",
            rebuild,
            "s",
            floor=floor,
            to_floor=round(rebuild / floor, 2),
        )
        bench.note(
            f"as-of state of {events:,} events at a past day",
            found["as-of"]["seconds"],
            "s",
            to_rebuild=round(found["as-of"]["seconds"] / rebuild, 2),
        )
        rates.append((events, found["import"]["seconds"] / events, rebuild / events))
    for (few, one, two), (many, three, four) in pairwise(rates):
        bench.note(
            f"growth per event from {few:,} to {many:,}",
            round(three / one, 2),
            "times (import)",
            rebuild=round(four / two, 2),
        )
    _projections(bench, rates[-1][2])


def _projections(bench: Bench, seconds_per_event: float) -> None:
    """Events a second of a rebuild, beside `eventsourcing` following its log into one table."""
    with peers.application(bench.path("log.db")) as app:
        peers.fill(app, 1_000, 6)
        for mode in ("full", "normal"):
            theirs = 6_000 / peers.project(app, bench.path(f"view-{mode}.db"), mode)
            ours = 1 / seconds_per_event
            bench.note(
                f"rebuild, events a second; the peer at synchronous = {mode.upper()}",
                round(ours),
                "/s",
                eventsourcing=round(theirs),
                times_eventsourcing=round(ours / theirs, 1),
            )


def in_child(step: str, path: Path, source: Path) -> dict[str, Any]:
    """What a step took (`child`), run in another process."""
    command = [sys.executable, __file__, "--child", step, str(path), str(source)]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def child(step: str, path: Path, source: Path) -> None:
    """One step in a process of its own, so that its memory can be told."""
    start = time.process_time()
    with Book(path) as book:
        if step == "import":
            seconds = timed(import_file, book, source, by="me")
        elif step == "rebuild":
            seconds = timed(book.rebuild)
        elif step == "as-of":
            seconds = timed(_as_of, book)
        else:
            seconds = timed(_floor, book, path.with_suffix(".floor"))
        events = book.store.size()
    cpu = (time.process_time() - start) / events
    # Not ru_maxrss: a child has that of the process that started it.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    found = {"seconds": round(seconds, 2), "peak_mb": round(peak), "events": events}
    print(json.dumps({**found, "cpu_us": round(cpu * 1e6, 1)}))


def _as_of(book: Book) -> None:
    """Every case as of a past day, written into tables of their own, as a rebuild does."""
    with closing(peers.raw(book.store.path.with_suffix(".asof"))) as conn:
        for statement in projections.ddl():
            conn.execute(statement)
        conn.execute("begin")
        projections.write_all(conn, projections.folded(book.store.by_case(), "2006-06-30"))
        conn.execute("commit")


def _floor(book: Book, path: Path) -> None:
    """Read the events case by case, decode them, and write the finished rows: no logic at all."""
    with closing(peers.raw(path)) as conn:
        for statement in projections.ddl():
            conn.execute(statement)
        conn.execute("begin")
        for _ in book.store.by_case():
            pass
        for table in projections.tables().values():
            rows = book.store.conn.execute(f"select {', '.join(table.names)} from {table.name}")
            places = ", ".join("?" * len(table.names))
            conn.executemany(f"insert into {table.name} values ({places})", rows)
        conn.execute("commit")


# Telling ---------------------------------------------------------------------------------------


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def table(results: list[dict[str, Any]]) -> str:
    """The results as a table of Markdown."""
    lines = ["| work | caseledger | beside it |", "|---|---|---|"]
    for row in results:
        others = [
            f"{name.replace('_', ' ')} {value:,}"
            for name, value in row.items()
            if name not in ("work", "caseledger", "unit")
        ]
        lines.append(
            f"| {row['work']} | {row['caseledger']:,} {row['unit']} | {'; '.join(others)} |"
        )
    return "\n".join(lines)


def write(results: list[dict[str, Any]], folder: Path) -> None:
    """results.json, and README.md made from it."""
    told = {"machine": machine(), "results": results}
    (folder / "results.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    notes = (HERE / "notes.md").read_text()
    on = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told["machine"].items())
    text = (
        "# Measurements\n\nMade by `python benchmarks/run.py`; do not edit. Ratios are of one run,"
        " with equal durability; trust them more than the times.\n\n"
        f"{table(results)}\n\n{on[:1].upper()}{on[1:]}.\n\n{notes}"
    )
    (folder / "README.md").write_text(text)


ROWS = {f.__name__: f for f in (append_one, state_of_one, process, import_traffic, large)}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--only", choices=ROWS, action="append")
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--child", nargs=3)
    options = parser.parse_args()
    if options.child:
        step, path, source = options.child
        child(step, Path(path), Path(source))
        return
    with tempfile.TemporaryDirectory(prefix="caseledger-bench-") as folder:
        bench = Bench(Path(folder), options.data, options.events)
        for name in options.only or ROWS:
            ROWS[name](bench)
        write(bench.results, options.out)


if __name__ == "__main__":
    main()
