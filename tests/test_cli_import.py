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


def test_of_many_refusals_fifty_are_told_and_the_others_counted(run: Run) -> None:
    run("init")
    Path("lines.jsonl").write_text("no json\n" * 1_060, encoding="utf-8")
    told = run("import lines.jsonl").out.splitlines()
    assert told[-2].startswith("  line 50: ")
    assert told[-1] == "  and 1,010 more; `--continue FILE` writes them all to a file"
    assert len(told) == 53
    told = run("import lines.jsonl --continue rest.jsonl").out.splitlines()
    assert told[-2:] == ["  and 1,010 more", "what was refused is in rest.jsonl"]


def test_of_many_cases_that_a_list_has_no_longer_ten_are_named_and_the_others_counted(
    run: Run,
) -> None:
    run("init")
    mapping = [
        "list: x-",
        "case: x-{{ n }}",
        "events: [{type: case_opened, id: o, fields: {title: T, authority: A}}]",
    ]
    Path("m.yml").write_text("\n".join(mapping), encoding="utf-8")
    Path("may.csv").write_text("n\n" + "\n".join(map(str, range(10, 22))), encoding="utf-8")
    Path("june.csv").write_text("n\n10\n", encoding="utf-8")
    run("import may.csv --mapping m.yml")
    told = run("import june.csv --mapping m.yml").out.splitlines()[-1]
    assert told.startswith("11 cases no longer listed, which closes nothing: x-11, x-12, ")
    assert told.endswith("x-20 and 1 more")


@pytest.mark.parametrize(
    ("lines", "options", "told"),
    [
        ([OPENED], "", ["1 event of 1 case recorded, 0 known before"]),
        ([OPENED], "--dry-run", ["1 event of 1 case would be recorded, 0 known before"]),
        (
            [OPENED, "no json"],
            "",
            [
                "nothing is recorded; without what is refused it has 1 event of 1 case",
                "1 refused, nothing is recorded:",
            ],
        ),
        (
            [OPENED, "no json"],
            "--dry-run",
            [
                "nothing would be recorded; without what is refused it has 1 event of 1 case",
                "1 refused, nothing would be recorded:",
            ],
        ),
        (["no json"], "", ["x.jsonl: nothing is recorded\n"]),
        ([OPENED, MISSED], "--strict", ["x.jsonl: nothing is recorded\n"]),
        (
            [OPENED, "no json"],
            "--dry-run --continue rest.jsonl",
            ["1 event of 1 case would be recorded", "1 refused, the rest would be recorded:"],
        ),
        (
            [OPENED, "no json"],
            "--continue rest.jsonl",
            ["1 event of 1 case recorded", "1 refused, the rest is recorded:"],
        ),
    ],
)
def test_an_import_says_what_became_of_the_file_or_would(
    run: Run, lines: list[str], options: str, told: list[str]
) -> None:
    run("init")
    Path("x.jsonl").write_text("\n".join(lines), encoding="utf-8")
    out = run(f"import x.jsonl {options}").out
    assert [words for words in told if words not in out] == [], out
    assert ("1 event of 1 case recorded" in out) == (run("verify --json").json["events"] == 1)


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
