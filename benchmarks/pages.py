"""Times the pages of a large ledger as a browser gets them: `python benchmarks/pages.py LEDGER.db`.

Each page is asked for a few times after a first time, which is told by itself: sums are kept until
the next event. Prints medians in milliseconds.
"""

import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

ROUNDS = 15


def pages(path: Path) -> dict[str, str]:
    """The pages that are timed, by name."""
    with sqlite3.connect(path) as conn:
        (case,) = conn.execute("select case_id from cases limit 1 offset 1000").fetchone()
        (party,) = conn.execute("select party_ref from parties limit 1 offset 1000").fetchone()
        (authority,) = conn.execute("select authority from cases limit 1").fetchone()
    return {
        "home": "",
        "case": f"ledger/cases/{case}",
        "party": f"-/party/{party}",
        "authority": f"-/authority/{quote(authority)}",
        "events": "ledger/events",
        "cases": "ledger/cases",
        "timeline": "ledger/timeline",
        "history": "ledger/history",
        "changes": "ledger/changes",
        "events, facet by type": "ledger/events?_facet=type",
        "fines, facet by status": "ledger/fines?_facet=legal_status",
        "search, one case": f"-/search?q={quote(case)}",
        "search, two words": f"-/search?q={quote(f'{case} fine')}",
        "feed": "-/feed.atom",
    }


def timed(url: str) -> float:
    """Milliseconds until a page is there."""
    begun = time.perf_counter()
    with urlopen(url, timeout=120) as answer:
        answer.read()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    path = Path(sys.argv[1]).resolve()
    serve = [sys.executable, "-m", "cli", "serve", "--db", str(path)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = next(line for line in server.stdout if "http://" in line)
        address = next(word for word in line.split() if word.startswith("http://"))
        for name, page in pages(path).items():
            first = timed(f"{address}{page}")
            rest = [timed(f"{address}{page}") for _ in range(ROUNDS)]
            print(f"{name:24} first {first:7.0f}  median {statistics.median(rest):6.0f} ms")
        server.terminate()


if __name__ == "__main__":
    main()
