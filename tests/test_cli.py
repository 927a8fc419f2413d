"""The command line: a clerk's session, every refusal, and what programs read."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import cli
from events.base import CATALOGUE

SESSION = [
    "init",
    'append case-opened cnil-clearview --title "Clearview AI: unlawful processing of photographs"'
    " --authority CNIL --jurisdiction FR --regime GDPR --occurred-on 2020-08-26",
    "append order-issued cnil-clearview --order MED-2021-134 --occurred-on 2021-11-26"
    ' --item "Cease processing without a legal basis" --item "Delete the data" --within P2M'
    " --source https://example.org/med",
    "append deadline-missed cnil-clearview --deadline D1 --occurred-on 2022-01-27",
    'append referral-made cnil-clearview --to "Restricted committee"'
    ' --reason "No response to the order" --occurred-on 2022-06-02',
    'append fine-imposed cnil-clearview --fine SAN-2022-019 --respondent "Clearview AI, Inc."'
    ' --amount "20000000 EUR" --occurred-on 2022-10-17 --published-on 2022-10-20',
    "append fine-unpaid cnil-clearview --fine SAN-2022-019 --occurred-on 2023-05-15"
    " --asserted-by CNIL",
]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[[str], Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in an empty folder, in process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASELEDGER_BY", "clerk")

    def ran(line: str) -> Ran:
        import shlex

        monkeypatch.setattr(sys, "argv", ["caseledger", *shlex.split(line)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Ran(code, *capfd.readouterr())

    return ran


@pytest.fixture
def session(run: Run) -> Run:
    """The ledger after the clerk's session."""
    for line in SESSION:
        ran = run(line)
        assert ran.code == 0, ran.err
    return run


def state(folder: Path) -> str:
    """A fingerprint of all that the ledger holds."""
    with sqlite3.connect(folder / "ledger.db") as conn:
        return hashlib.sha256("\n".join(conn.iterdump()).encode()).hexdigest()


def test_a_clerk_appends_a_case_event_by_event_and_sees_what_each_did(run: Run) -> None:
    outs = [run(line) for line in SESSION]
    assert [ran.code for ran in outs] == [0] * len(SESSION)
    assert outs[1].out.startswith("1  cnil-clearview  1  case_opened  ")
    assert "status: running" in outs[2].out
    assert "orders MED-2021-134  status: active -> breached" in outs[3].out
    assert "balance: 20,000,000.00 EUR" in outs[5].out
    assert "payment_status: none_recorded -> unpaid" in outs[6].out


def test_show_log_and_why_tell_the_case(session: Run) -> None:
    shown = session("show cnil-clearview").out
    for words in ("stage: decided", "MED-2021-134  breached", "20,000,000.00 EUR", "D1  missed"):
        assert words in shown
    assert len(session("log cnil-clearview").out.splitlines()) == 6
    told = session("why cnil-clearview fines.SAN-2022-019.payment_status").out
    assert "is unpaid since 2023-05-15" in told
    assert "Recorded by clerk" in told


def test_show_as_json_has_a_key_for_every_published_table(session: Run) -> None:
    from ledger.projections import tables

    told = session("show cnil-clearview --json").json
    assert set(told) == set(tables())
    assert told["fines"][0]["balance"] == "20000000.00"
    assert told["fines"][0]["balance_minor"] == 2_000_000_000


def test_a_case_is_shown_as_of_a_day_and_as_known_at_a_position(session: Run) -> None:
    then = session("show cnil-clearview --as-of 2022-03-01 --json").json
    assert (then["orders"][0]["status"], then["fines"], then["referrals"]) == ("breached", [], [])
    known = session("show cnil-clearview --known-at 2 --json").json
    assert known["orders"][0]["status"] == "active"


def test_a_correction_and_its_withdrawal_are_two_short_commands(session: Run) -> None:
    assert session("correct 2 --occurred-on 2021-11-25 --reason misread").code == 0
    assert session("show cnil-clearview --json").json["orders"][0]["due_on"] == "2022-01-25"
    assert session('withdraw 7 --reason "read well after all"').code == 0
    assert session("show cnil-clearview --json").json["orders"][0]["due_on"] == "2022-01-26"
    assert session("rebuild --check").code == 0


def test_several_values_of_a_field_are_corrected_together(session: Run) -> None:
    assert session("correct 2 --item Stop --item Delete --item Tell").code == 0
    items = session("show cnil-clearview --json").json["order_items"]
    assert [item["text"] for item in items] == ["Stop", "Delete", "Tell"]


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
        ("append fine-imposed cnil-clearview --amount '-5 EUR'", 2, "never negative"),
        ("append note-added '' --text x", 2, "case id is empty"),
        ("append note-added cnil-clearview --text 'a\x07b'", 2, "unprintable"),
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
        ("withdraw 5 --reason x", 1, "event #6 would no longer fit"),
        ("show nobody", 4, "there is no case 'nobody'"),
        ("show cnil-clearview --as-of tomorrow", 2, "not a date"),
        ("show cnil-clearview --known-at yesterday", 2, "not an instant"),
        ("why cnil-clearview fines.F9.amount_minor", 4, "has no value at"),
        ("cases --db nowhere.db", 74, "there is no ledger at"),
        ("cases --db .", 74, "is a folder"),
        ("init", 1, "exists already"),
        ("verify --against 3:zz", 2, ""),
        ("schema nonsense", 2, "there is no type of event"),
        ("rebuild --as-of 2022-01-01", 2, "need --into"),
        ("import nowhere.yml", 74, "nowhere.yml"),
        ("serve --db other.db", 74, "must be called ledger.db"),
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


def test_an_event_id_makes_a_retry_safe_and_a_mix_up_refused(session: Run) -> None:
    line = (
        "append note-added cnil-clearview --event-id 018bf503-0000-7000-8000-000000000001 --text "
    )
    assert "7  cnil-clearview" in session(line + "one").out
    again = session(line + "one --json").json
    assert (again["position"], again["duplicate"], again["recorded"]) == (7, True, False)
    other = session(line + "two")
    assert (other.code, "with other content" in other.err) == (1, True)


def test_a_misfit_is_admitted_on_demand_and_then_on_show(session: Run) -> None:
    line = "append payment-received cnil-clearview --fine SAN-2022-019 --amount '20000001 EUR'"
    ran = session(f"{line} --admit")
    assert ran.code == 0
    assert "odd: only 20,000,000.00 EUR" in ran.out
    assert "Oddities" in session("show cnil-clearview").out


def test_a_dry_run_says_what_would_change(session: Run, tmp_path: Path) -> None:
    before = state(tmp_path)
    ran = session("append note-added cnil-clearview --text x --dry-run")
    assert (ran.code, "nothing was recorded" in ran.err) == (0, True)
    assert state(tmp_path) == before


def test_under_json_a_refusal_is_an_object(session: Run) -> None:
    ran = session("append payment-received cnil-clearview --fine F9 --amount '5 EUR' --json")
    told = json.loads(ran.err)["error"]
    assert (told["code"], told["codes"]) == ("refused", ["fine_unknown"])
    assert ran.out == ""


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_help_of_every_type_is_enough_to_use_it(run: Run, name: str) -> None:
    ran = run(f"append {name.replace('_', '-')} --help")
    assert ran.code == 0
    folded = " ".join(ran.out.split())
    assert " ".join(str(CATALOGUE[name].__doc__).split())[:40] in folded
    assert "--occurred-on" in folded


def test_append_lists_the_types_by_topic(run: Run) -> None:
    told = run("append --help").out
    assert told.index("Opening:") < told.index("Fines:") < told.index("Record:")
    assert "fine-imposed" in told


def test_verify_names_the_first_bad_position(session: Run, tmp_path: Path) -> None:
    root = session("verify --json").json["root"]
    assert "self-consistent; not compared with an earlier root" in session("verify").out
    assert session(f"verify --against 6:{root}").code == 0
    with sqlite3.connect(tmp_path / "ledger.db") as conn:
        conn.execute("drop trigger events_are_never_changed")
        conn.execute("pragma ignore_check_constraints = on")
        conn.execute("update events set entry = replace(entry, 'CNIL', 'CNLI') where position = 1")
    ran = session("verify")
    assert (ran.code, "position 1" in ran.err) == (5, True)


def test_a_tail_that_was_cut_off_is_found_by_an_earlier_root(session: Run, tmp_path: Path) -> None:
    root = session("verify --json").json["root"]
    with sqlite3.connect(tmp_path / "ledger.db") as conn:
        conn.execute("drop trigger events_are_never_removed")
        conn.execute("delete from events where position = 6")
    session("rebuild")
    assert session(f"verify --against 6:{root}").code == 5


def test_backup_and_restore_bring_the_same_root(session: Run) -> None:
    root = session("verify --json").json["root"]
    assert root in session("backup copy.db").out
    Path("events.jsonl").write_text(session("export").out, encoding="utf-8")
    session("init --db other.db")
    assert root in session("import events.jsonl --restore --db other.db").out
    assert session("verify --db other.db --json").json == {
        "events": 6,
        "root": root,
        "problems": [],
    }


def test_deadlines_and_sweep(session: Run) -> None:
    session("append deadline-set cnil-clearview --subject Answer --due-on 2023-01-31")
    assert "31 days left" in session("deadlines --on 2022-12-31").out
    assert "BEGIN:VCALENDAR" in session("deadlines --ics").out
    proposed = session("sweep --on 2023-02-01 --json").json
    assert [row["deadline"] for row in proposed["deadline_missed"]] == ["D2"]
    assert session("sweep --on 2023-02-01 --record").code == 0
    assert session("sweep --on 2023-02-01 --json").json["deadline_missed"] == []


def test_doctor_finds_a_sound_ledger_sound(session: Run) -> None:
    levels = {finding["level"] for finding in session("doctor --json").json}
    assert levels <= {"ok", "warn"}


def test_the_demo_is_built_twice_and_spares_other_ledgers(run: Run, tmp_path: Path) -> None:
    for _ in range(2):
        ran = run("demo there --no-serve")
        assert ran.code == 0, ran.err
        assert "cnil-clearview" in ran.out
    run("init")
    ran = run("demo . --no-serve")
    assert (ran.code, "not the demo" in ran.err) == (1, True)


def test_without_a_command_it_tells_what_it_can_do(run: Run) -> None:
    ran = run("")
    assert (ran.code, "append" in ran.out) == (0, True)


def test_an_append_loads_nothing_that_it_does_not_need(session: Run, tmp_path: Path) -> None:
    script = (
        "import sys, cli; sys.argv[1:] = "
        "['append', 'note-added', 'cnil-clearview', '--text', 'x', '--by', 'clerk']\n"
        "try: cli.main()\n"
        "except SystemExit as ended: assert not ended.code\n"
        "heavy = {'datasette', 'holidays', 'babel', 'sqlite_utils', 'rich', 'icalendar', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr.strip()) == (0, "[]"), ran.stderr


def test_a_reader_that_goes_away_ends_it_quietly(session: Run, tmp_path: Path) -> None:
    caseledger = Path(sys.executable).with_name("caseledger")
    ran = subprocess.run(
        ["bash", "-c", f"'{caseledger}' export | head -c 10"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
