"""Importing at the command line: how it ends, and what programs are told."""

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.sessions import Run

OPENED = (
    '{"case_id": "c", "type": "case_opened", "id": "o", "data": {"title": "T", "authority": "A"}}'
)
MISSED = '{"case_id": "c", "type": "deadline_missed", "id": "m", "data": {"deadline": "D9"}}'
FOREIGN = '{"case_id": "c", "type": "note_added", "id": "n", "data": {"words": "x"}}'


@pytest.mark.parametrize(
    ("lines", "options", "code"),
    [
        ([OPENED, MISSED], "", 0),
        ([OPENED, MISSED], "--strict", 1),
        ([OPENED, "no json"], "", 2),
        ([OPENED, FOREIGN], "", 2),
        ([OPENED, FOREIGN], "--dry-run", 2),
        ([OPENED, FOREIGN, MISSED], "--strict", 2),
        ([OPENED, FOREIGN.replace('"c"', '"d"')], "--continue rest.jsonl", 0),
    ],
)
def test_an_import_ends_by_whether_it_was_malformed_or_refused_by_a_rule(
    run: Run, lines: list[str], options: str, code: int
) -> None:
    run("init")
    Path("lines.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ran = run(f"import lines.jsonl {options}")
    assert (ran.code, ran.err) == (code, "")


def test_of_files_before_one_that_cannot_be_read_programs_are_told(run: Run) -> None:
    run("init")
    Path("good.jsonl").write_text(OPENED, encoding="utf-8")
    Path("bad.yml").write_text("case: [", encoding="utf-8")
    ran = run("import good.jsonl bad.yml --json")
    assert (ran.code, '"code": "malformed"' in ran.err) == (2, True)
    assert [(report["file"], report["events"]) for report in ran.json] == [("good.jsonl", 1)]


def test_an_export_is_restored_from_stdin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init")
    Path("good.jsonl").write_text(OPENED, encoding="utf-8")
    run("import good.jsonl")
    exported = run("export").out.encode()
    run("init --db other.db")
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(exported)))
    ran = run("import - --restore --db other.db")
    assert ran.out.startswith("1 event of 1 case, root "), ran.err
