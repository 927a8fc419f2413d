"""What the command line refuses: with a sentence, a code for programs, and nothing changed."""

import json
from pathlib import Path

import pytest

from tests.sessions import Run, state


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("append finee c", 2, "did you mean"),
        ("append case-opened c --titel T", 2, "no such option"),
        ("append case-opened c --authority A", 2, "--title is missing"),
        ("append note-added cnil-clearview --text x --occurred-on 2022-02-30", 2, "28 days"),
        ("append note-added cnil-clearview --text x --occurred-on 2022-13", 2, "no month 13"),
        ("append note-added cnil-clearview --text x --occurred-on yesterday", 2, "not a date"),
        ("append fine-imposed cnil-clearview --amount '20.000 EUR'", 2, "has 3 decimals"),
        ("append fine-imposed cnil-clearview --amount '12.345 EUR'", 2, "has 3 decimals"),
        ("append fine-imposed cnil-clearview --amount '100 XXX'", 2, "no currency XXX"),
        ("append party-joined cnil-clearview --name X --role other --country UK", 2, "is GB"),
        ("append deadline-set cnil-clearview --subject S --calendar ZZ-1", 2, "no country ZZ"),
        ("correct 1 --jurisdiction UK", 2, "jurisdiction: there is no country UK"),
        ("append fine-imposed cnil-clearview --amount '-5 EUR'", 2, "never negative"),
        ("append note-added '' --text x", 2, "case id is empty"),
        ("append note-added cnil-clearview --text 'a\x07b'", 2, "--text: contains the unprintable"),
        ("append note-added 'a\x07b' --text x", 2, "the case id contains the unprintable"),
        ("append note-added cnil-clearview --text x --source 'a\x07b'", 2, "source contains"),
        ("append note-added cnil-clearview --text x --by 'a\x07b'", 2, "--by contains"),
        ("append note-added cnil-clearview --text x --caused-by 99", 4, "at position 99"),
        ("append note-added cnil-clearview --text x --caused-by first", 2, "neither the position"),
        ("append note-added cnil-clearview --text x --confidence E", 2, "not one of A"),
        ("append note-added cnil-clearview --data '[1]'", 2, "not an object"),
        ('append note-added cnil-clearview --text x --data \'{"text": "y"}\'', 2, "given twice"),
        ('append note-added cnil-clearview --data \'{"txt": "y"}\'', 2, "did you mean --text?"),
        ("append party-joined cnil-clearview --name X --role king", 2, "--role: 'king' is not one"),
        ("append event-corrected cnil-clearview --target 99 --changes '{}'", 4, "at position 99"),
        (
            "append event-corrected cnil-clearview --target 2 --changes x",
            2,
            "--changes is not JSON",
        ),
        ("append note-added", 2, "missing argument"),
        ("append note-added cnil-clearview --text " + "é" * 36_000, 2, "65,535"),
        (
            "append payment-received cnil-clearview --fine SAN-2022-019 --amount '20000001 EUR'",
            1,
            "20,000,000.00 EUR of fine SAN-2022-019 is outstanding",
        ),
        ("append deadline-missed cnil-clearview --deadline D9", 1, "no deadline D9 was set"),
        ("append note-added cnil-clearview --text x --event-id nonsense", 2, "not a UUID"),
        ("append note-added cnil-clearview --text x --expect-version new", 3, "expected to be new"),
        ("append note-added cnil-clearview --text x --expect-version 5", 3, "at version 6"),
        ("append note-added cnil-clearview --text x --expect-version soon", 2, "neither a number"),
        ("append note-added cnil-clearview --data '{'", 2, "--data is not JSON"),
        ("append note-added cnil-clearview --data @nowhere.json", 74, "nowhere.json"),
        ("correct 99 --text x", 4, "no event at position 99"),
        ("correct 2", 2, "say what is wrong with event #2"),
        ("correct 2 --penalti x", 2, "Possible options: --penalty"),
        ("correct 2 --penalti x", 2, "`caseledger append order-issued --help` says how"),
        ("correct --occurred-on 2021 2", 2, "neither the position"),
        ("correct 2 --occurred-on 2022-02-30", 2, "--occurred-on: '2022-02-30'"),
        ("correct 2 --blank typo", 2, "has no field 'typo'"),
        ("correct 5 --amount '12.345 EUR'", 2, "has 3 decimals"),
        ("correct 5 --amount '20000000.00 EUR'", 1, "event #5, fine_imposed, says so already"),
        ("withdraw 5", 2, "missing option"),
        ("withdraw 5 --reason x", 1, "event #6 would no longer fit"),
        ("show nobody", 4, "there is no case 'nobody'"),
        ("show cnil-clearvew", 4, "did you mean cnil-clearview?"),
        ("show CNIL-clearview", 4, "did you mean cnil-clearview?"),
        ("show cnil-google", 4, "`caseledger cases` lists them"),
        ("show cnil-clearview --as-of tomorrow", 2, "write it in full, like 2022-10-17"),
        ("show cnil-clearview --as-of 2022", 2, "as-of: '2022' does not name a day; write"),
        ("show cnil-clearview --as-of 2022-13-01", 2, "there is no month 13"),
        ("show cnil-clearview --known-at yesterday", 2, "not an instant, nor a day; write"),
        ("show cnil-clearview --known-at 2022-10", 2, "write it in full, like 2022-10-17"),
        ("show cnil-clearview --known-at 24.11.2026", 2, "write it in full, like 2022-10-17"),
        ("cases --known-at 7", 2, "7 would be the position of an event, and the last one is 6"),
        ("log --known-at 2022", 2, "if it is a day, write it in full, like 2022-10-17"),
        ("why cnil-clearview fines.F9.amount_minor", 4, "has no value at"),
        (
            "why cnil-clearview orders.MED-2021-134.du_on",
            4,
            "orders has no column 'du_on'; did you mean due_on?",
        ),
        ("why cnil-clearview orders.MED-2021-134.closed_on", 4, "orders has no column 'closed_on'"),
        ("cases --db nowhere.db", 74, "there is no ledger at"),
        ("cases --db .", 74, "is a folder"),
        ("init", 1, "exists already"),
        ("init --db nowhere/x.db", 74, "nowhere; nothing was made"),
        ("backup nowhere/x.db", 74, "nowhere; nothing was made"),
        ("backup ledger.db/x.db", 74, "there is no folder"),
        ("rebuild --into nowhere/x.db", 74, "make the folder first, or give another place"),
        ("verify --against 3:zz", 2, "is not SIZE:ROOT"),
        ("verify --against 7:" + "0" * 64, 5, "6 are left"),
        ("deadlines --on soon", 2, "on: 'soon' does not name a day; write it in full"),
        ("serve --port 99999", 2, "--port"),
        ("backup ledger.db", 1, "exists already"),
        ("export nothing", 4, "there is no table 'nothing'"),
        ("schema nonsense", 2, "there is no type of event"),
        ("rebuild --as-of 2022-01-01", 2, "need --into"),
        ("import nowhere.yml", 74, "nowhere.yml"),
        ("serve --db other.db", 74, "there is no ledger at"),
        ("import .", 74, ". is a folder"),
        ("import .", 74, "name the files: ./*.yml"),
        ("nonsense", 2, "no such command"),
    ],
)
def test_what_is_wrong_is_refused_with_a_sentence_and_changes_nothing(
    session: Run, tmp_path: Path, line: str, code: int, words: str
) -> None:
    before = state(tmp_path)
    ran = session(line)
    assert (ran.code, "Traceback" in ran.err) == (code, False), ran.err
    assert words in ran.err
    assert state(tmp_path) == before


def test_a_case_is_what_one_expects_or_nothing_is_appended(session: Run) -> None:
    line = "append note-added {} --text x --expect-version {}"
    assert session(line.format("cnil-clearview", 6)).code == 0
    assert session(line.format("cnil-clearview", "exists")).code == 0
    assert session(line.format("another", "exists")).code == 3
    assert (
        session("append case-opened another --title T --authority A --expect-version new").code == 0
    )


def test_under_json_a_refusal_is_an_object(session: Run) -> None:
    ran = session("append payment-received cnil-clearview --fine F9 --amount '5 EUR' --json")
    told = json.loads(ran.err)["error"]
    assert (told["code"], told["codes"]) == ("refused", ["fine_unknown"])
    assert ran.out == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("show nobody --json", "not_found"),
        ("show --json", "malformed"),
        ("cases --jsn --json", "malformed"),
        ("cases --db nowhere.db --json", "file_trouble"),
        ("append note-added c --text x --expect-version exists --json", "version_conflict"),
    ],
)
def test_under_json_every_kind_of_refusal_has_a_code(session: Run, line: str, code: str) -> None:
    told = json.loads(session(line).err)["error"]
    assert told["code"] == code
    assert set(told) >= {"code", "message", "hint"}


def test_a_clock_that_is_set_to_no_instant_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELEDGER_NOW", "noon")
    ran = run("init")
    assert (ran.code, "CASELEDGER_NOW: 'noon' is not an instant" in ran.err) == (2, True)


def test_a_period_that_ends_beyond_the_calendar_is_malformed(session: Run) -> None:
    ran = session(
        "append order-issued cnil-clearview --item I --within P9999Y --occurred-on 2022-02-01"
    )
    assert (ran.code, "beyond the calendar" in ran.err) == (2, True)
