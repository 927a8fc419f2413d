"""Confidential values and the copy for the public, at the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sessions import Run

SECRET = "Zaphod Beeblebrox"

Say = Callable[[str], tuple[int, str, str]]


@pytest.fixture(name="run")
def after_a_confidential_statement(run: Run) -> Say:
    """Runs a command line, after a case with a confidential statement: exit code, output, words."""

    def ran(line: str) -> tuple[int, str, str]:
        done = run(line)
        return done.code, done.out, done.err

    for line in (
        "init --clerk-role 'case officer'",
        "append case-opened x --title X --authority ICO",
        f"append statement-made x --speaker '{SECRET}' --text story --confidential speaker"
        " --confidential text",
    ):
        assert ran(line)[0] == 0
    return ran


@pytest.mark.parametrize("command", ["show x", "log", "log x", "why x statements.2.speaker"])
def test_only_who_asks_for_it_is_told_what_is_confidential(run: Say, command: str) -> None:
    code, told, _ = run(command)
    assert (code, SECRET in told, "[confidential " in told) == (0, False, True)
    code, told, _ = run(f"{command} --private")
    assert (code, SECRET in told) == (0, True)


def test_a_correction_names_the_field_that_it_seals_as_the_event_does(run: Say) -> None:
    code, _, words = run("correct 2 --text other")
    assert (code, "text of that event is confidential" in words) == (2, True)
    assert "--confidential text" in words
    assert run("correct 2 --text other --confidential text")[0] == 0
    assert "other" in run("show x --private")[1]


def test_an_erasure_says_what_it_erased_and_where_more_is(run: Say) -> None:
    run("correct 2 --text other --confidential text")
    code, told, words = run("erase 2 --reason 'GDPR Art. 17(1)'")
    assert (code, told) == (0, "event #2: speaker, text erased\n")
    assert "recorded as event #4" in words
    assert "caseledger erase 3" in words
    code, told, _ = run("erase 2 --reason again --json")
    assert json.loads(told) == {"erased": ["speaker", "text"], "of": 2, "position": None}
    assert run("verify")[0] == 0


def test_what_holds_nothing_confidential_is_not_found(run: Say) -> None:
    code, _, words = run("erase 2 --field document --reason r")
    assert (code, "no confidential document" in words) == (4, True)


def test_without_the_private_file_the_record_alone_can_be_verified(
    run: Say, tmp_path: Path
) -> None:
    (tmp_path / "private.db").rename(tmp_path / "elsewhere.db")
    code, _, words = run("verify")
    assert (code, "--without-private" in words) == (5, True)
    assert run("verify --without-private")[0] == 0


def test_the_private_file_may_lie_elsewhere(
    run: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "private.db").rename(tmp_path / "elsewhere.db")
    monkeypatch.setenv("CASELEDGER_PRIVATE", str(tmp_path / "elsewhere.db"))
    assert run("verify")[0] == 0


def test_a_backup_says_that_what_is_confidential_is_not_in_it(run: Say) -> None:
    assert "private.db" in run("backup copy.db")[2]


def test_a_publication_has_the_root_and_says_what_it_withholds(run: Say) -> None:
    run("append note-added x --text 'not for you' --confidential all")
    root = run("verify")[1].split()[3]
    code, told, words = run("publish public --json")
    done = json.loads(told)
    assert (code, done["root"], done["withheld"], done["entries"]) == (0, root, 1, 3)
    code, told, words = run("publish public")
    assert (code, "1 confidential event is withheld" in words) == (0, True)
    assert run(f"verify --db public/ledger.db --against 3:{root}")[0] == 0
    code, _, words = run("append note-added x --text new --db public/ledger.db")
    assert (code, "a copy made for the public" in words) == (1, True)


def test_a_publication_needs_a_folder_that_can_be_written(run: Say, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    code, _, words = run("publish taken")
    assert (code, "taken" in words) == (74, True)


def test_sealed_words_are_told_in_the_open_only_if_the_clerk_says_so(run: Say) -> None:
    line = f"append note-added x --text 'a letter of {SECRET.upper()}'"
    code, _, words = run(f"{line} --admit")
    assert (code, "would tell in the open words that event #2 seals (speaker)" in words) == (
        1,
        True,
    )
    assert "--openly records them" in words
    assert run(f"{line} --openly")[0] == 0


def test_an_import_does_not_tell_what_is_sealed(run: Say, tmp_path: Path) -> None:
    said = {"case_id": "x", "type": "note_added", "id": "n", "data": {"text": f"{SECRET} called"}}
    (tmp_path / "notes.jsonl").write_text(json.dumps(said))
    code, told, _ = run("import notes.jsonl")
    assert (code, "line 1, case x: the note_added would tell in the open" in told) == (1, True)
    assert run("verify --json")[1].count(SECRET) == 0


def test_an_erasure_names_other_events_that_seal_the_same_words(run: Say) -> None:
    run("append case-opened y --title Y --authority ICO")
    run(f"append party-joined y --name '{SECRET}' --confidential name")
    assert "event #4 seals the same words: caseledger erase 4" in run("erase 2 --reason asked")[2]


def test_publishing_names_the_events_that_tell_sealed_words_in_the_open(run: Say) -> None:
    run("append case-opened y --title Y --authority ICO")
    run(f"append note-added y --text 'call {SECRET}'")
    run(f"append statement-made y --speaker '{SECRET}' --text t --confidential speaker")
    run(f"append note-added x --text 'call {SECRET}' --openly")
    words = run("publish public")[2]
    assert words.count("look at event") == 2
    assert "look at event #4: it tells in the open what event #5 seals (speaker)" in words
    assert "look at event #6: it tells in the open what event #2 seals (speaker)" in words


def test_the_doctor_looks_at_the_private_file(run: Say, tmp_path: Path) -> None:
    path = tmp_path / "private.db"
    assert "for its owner only" in run("doctor")[1]
    path.chmod(0o644)
    assert "`chmod 600` keeps them out" in run("doctor")[1]
    path.unlink()
    code, told, _ = run("doctor")
    assert (code, "what is confidential is out of reach" in told) == (5, True)
    assert "is not there: put that back" in run("backup copy.db")[2]


def test_a_clerk_who_may_not_look_is_told_why_and_what_to_do(run: Say, tmp_path: Path) -> None:
    (tmp_path / "private.db").write_bytes(b"no database" * 500)
    code, _, words = run("append note-added x --text new")
    assert (code, "nobody can tell whether this event tells" in words) == (74, True)
    assert "--openly records it unlooked at" in words
