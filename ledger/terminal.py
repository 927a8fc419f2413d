"""The terminal: data on stdout, words about it on stderr."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from typing import Any

import typer

from ledger import clock, printing
from ledger.errors import LedgerError

BROKEN_PIPE = 141
"""Exit code where the reader of our output went away, as shells count it: 128 + SIGPIPE."""


def put(text: str) -> None:
    """Data, to stdout."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Python flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from None


def note(text: str) -> None:
    """Words about it, to stderr."""
    print(text, file=sys.stderr, flush=True)


def put_json(data: object) -> None:
    """Data as JSON."""
    put(json.dumps(data, ensure_ascii=False, indent=2))


def put_lines(lines: Iterable[str]) -> None:
    """Lines, as wide as they are; at a terminal they are folded to its width."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    text = printing.fitted(lines, width)
    if text:
        put(text)


def progress() -> Callable[..., None]:
    """A line at the terminal that tells how far an import is."""
    started = clock.unix_millis()

    def at(*told: Any) -> None:
        words = " ".join(str(word) for word in told)
        seconds = (clock.unix_millis() - started) / 1000
        print(f"\r{words}  {seconds:.0f} s", end="", file=sys.stderr, flush=True)

    return at


def fail(error: LedgerError) -> None:
    """Tell a refusal, as words or as JSON."""
    if "--json" in sys.argv:
        told = {"code": error.code, "message": error.message, "hint": error.hint, **error.facts}
        note(json.dumps({"error": told}, ensure_ascii=False, default=str))
    else:
        note(f"caseledger: {error.message}")
        if error.hint:
            note(f"  hint: {error.hint}")
