"""The terminal: data on stdout, words about it on stderr."""

import atexit
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TextIO

import typer
from pydantic import ValidationError

from events import UnknownType
from events.base import CATALOGUE
from ledger import clock, printing
from ledger.errors import (
    FileTrouble,
    LedgerError,
    Malformed,
    VerificationFailed,
    os_sentence,
)

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it: 128 + SIGINT."""
STOPPED = {
    "verify": "stopped: nothing was found out, and nothing was changed",
    "backup": "stopped: no copy was made; the ledger is as it was",
    "publish": "stopped: no copy was finished; the ledger is as it was, and `publish` begins anew",
    "export": "stopped: what was written so far is not whole; the ledger is as it was",
}
"""What it means that a command was stopped by Ctrl-C, where nothing is recorded by it."""
BROKEN_PIPE = 141
"""Exit code where the reader of our output went away: 128 + SIGPIPE."""


# Control characters but the tab and the end of a line, and what turns the direction of writing.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _shown(text: str, stream: TextIO) -> str:
    """`text` as a terminal may have it: no character in it commands the terminal, or hides."""
    if not stream.isatty():
        return text
    return _HIDDEN.sub(lambda found: f"<U+{ord(found[0]):04X}>", text)


def put(text: str, end: str = "\n") -> None:
    """Data, to stdout."""
    try:
        print(_shown(text, sys.stdout), end=end, flush=True)
    except BrokenPipeError:
        # Python flushes once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(BROKEN_PIPE) from None


def note(text: str) -> None:
    """Words about it, to stderr."""
    print(_shown(text, sys.stderr), file=sys.stderr, flush=True)


def put_json(data: object) -> None:
    """Data as JSON."""
    put(json.dumps(data, ensure_ascii=False, indent=2))


def put_lines(lines: Iterable[str]) -> None:
    """Lines, as wide as they are; at a terminal they are folded to its width."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    text = printing.fitted(lines, width)
    if text:
        put(text)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int | None], None] | None]:
    """A line at the terminal that tells how far an import is; nothing where there is none."""
    if not sys.stderr.isatty():
        yield None
        return

    def at(stage: str, done: int, end: int | None) -> None:
        share = f"{100 * done // end:>3} %" if end else f"{done:,}"
        print(f"\r{stage:<6}{share}", end="", file=sys.stderr, flush=True)

    try:
        yield at
    finally:
        print("\r          \r", end="", file=sys.stderr, flush=True)


def run(app: typer.Typer) -> int:
    """Run the command line, and tell what was refused. Returns the exit code."""
    # What is done by then is done: Ctrl-C while Python takes itself down changes nothing any more.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    try:
        code = _run(app)
    except KeyboardInterrupt:
        code = INTERRUPTED
    if code == INTERRUPTED and (words := STOPPED.get("".join(sys.argv[1:2]))):
        note(words)
    return code


def _run(app: typer.Typer) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that lacks a character is shown its code; that must stop no command.
            stream.reconfigure(errors="backslashreplace")
    try:
        _require_sound_clock()
        ended = typer.main.get_command(app).main(prog_name="caseledger", standalone_mode=False)
        return ended if isinstance(ended, int) else 0
    except LedgerError as error:
        return _fail(error)
    except typer.TyperException as error:
        return _fail(_usage(error))
    except UnknownType as error:
        return _fail(FileTrouble(str(error), hint="install a newer version of caseledger"))
    except ValidationError as error:
        words = f"the record holds an event that is none: {error.title}"
        return _fail(VerificationFailed(words, hint="look closer: `caseledger verify`"))
    except OSError as error:
        return _fail(os_sentence(error, error.filename or "the file"))


def _require_sound_clock() -> None:
    try:
        clock.utc_now()
    except ValueError as error:
        raise Malformed(f"CASELEDGER_NOW: {error}") from None


def _usage(error: typer.TyperException) -> Malformed:
    """A mistake in the words of a command, as a refusal like any other."""
    words = error.format_message().rstrip(".")
    path = getattr(getattr(error, "ctx", None), "command_path", "caseledger")
    if path.partition(" ")[2] in CATALOGUE:
        # `correct` reads its further options as the form of that type of event.
        path = f"caseledger append {path.partition(' ')[2].replace('_', '-')}"
    return Malformed(f"{words[:1].lower()}{words[1:]}", hint=f"`{path} --help` says how")


def _fail(error: LedgerError) -> int:
    """Tell a refusal, as words or as JSON; returns its exit code."""
    if "--json" in sys.argv:
        told = {"code": error.code, "message": error.message, "hint": error.hint, **error.facts}
        note(json.dumps({"error": told}, ensure_ascii=False, default=str))
    else:
        note(f"caseledger: {error.message}")
        if error.hint:
            note(f"  hint: {error.hint}")
    return error.exit_code
