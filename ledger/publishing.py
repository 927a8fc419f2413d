"""The commands for what is confidential and for what goes to the public."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ledger import printing
from ledger.errors import Malformed
from ledger.options import LEDGER, By, Db, Json
from ledger.recording import located, opened, recorder
from ledger.terminal import note, put, put_json


def erase(
    position: Annotated[
        str | None,
        typer.Argument(metavar="POSITION", help="The event: its position, or its id."),
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="On what ground, e.g. GDPR Art. 17(1)."),
    ] = None,
    left_behind: Annotated[
        bool,
        typer.Option("--left-behind", help="What a crash left of events that no copy recorded."),
    ] = False,
    field: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="FIELD", help="Only this one. [several]"),
    ] = None,
    by: By = None,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Erase what an event holds as confidential. The event stays, and says that it was erased."""
    from ledger import confidential

    if left_behind:
        with opened(db, writing=True) as book:
            put(f"{confidential.erase_left_behind(book)} values that no event seals are gone")
        return
    if position is None or reason is None:
        raise Malformed("name the event and the ground: `caseledger erase POSITION --reason TEXT`")
    with opened(db, writing=True) as book:
        target = located(book, position)
        alike = confidential.sealed_alike(book, target)
        entry, fields = confidential.erase(
            book, target.position, field or (), reason=reason, by=recorder(by)
        )
        others = confidential.held_elsewhere(book, target)
    if as_json:
        recorded = entry.position if entry else None
        put_json({"erased": fields, "of": target.position, "position": recorded})
        return
    put(f"event #{target.position}: {', '.join(fields)} erased")
    note(
        f"recorded as event #{entry.position}; backups of private.db still hold it"
        if entry
        else "that it was erased had been recorded before"
    )
    for other in others:
        note(f"event #{other} is about it and holds values too: caseledger erase {other}")
    for other in sorted({*alike} - {*others}):
        note(f"event #{other} seals the same words: caseledger erase {other}")


def publish(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to put it in.")],
    static: Annotated[
        bool, typer.Option("--static", help="A site of plain files too, for any web server.")
    ] = False,
    db: Db = LEDGER,
    as_json: Json = False,
) -> None:
    """Make a copy for the public: verified, without what is confidential, under the same root."""
    from ledger import confidential, plain
    from ledger.publish import publish as published
    from ledger.serve import metadata

    with opened(db) as book:
        done = published(book, out, metadata(), plain.publish if static else None)
        told = confidential.told_openly(book)
    if as_json:
        put_json(asdict(done) | {"told_openly": [leak._asdict() for leak in told]})
        return
    put(printing.published(done))
    if done.withheld:
        were = (
            "event is withheld; its fingerprint is"
            if done.withheld == 1
            else ("events are withheld; their fingerprints are")
        )
        note(f"{done.withheld} confidential {were} in it")
    if static:
        note(
            f"{done.files} files beside it: open {out / 'index.html'}, or put {out} on a web server"
        )
    for leak in told:
        what = f"what event #{leak.sealed_by} seals ({leak.place})"
        note(f"look at event #{leak.position}: it tells in the open {what}")
    note(f"caseledger serve --public --db {done.file}")
