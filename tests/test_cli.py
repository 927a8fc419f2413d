"""The command line: a clerk's session, what each command tells, and what programs read."""

import json
import sqlite3
import sys
from pathlib import Path

import pytest

from events.base import CATALOGUE
from tests.sessions import SESSION, Run, state


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
    assert set(told) == set(tables()) - {"search"}
    assert told["fines"][0]["balance"] == "20000000.00"
    assert told["fines"][0]["balance_minor"] == 2_000_000_000


def test_a_case_is_shown_as_of_a_day_and_as_known_at_a_position(session: Run) -> None:
    then = session("show cnil-clearview --as-of 2022-03-01 --json").json
    assert (then["orders"][0]["status"], then["fines"], then["referrals"]) == ("breached", [], [])
    known = session("show cnil-clearview --known-at 2 --json").json
    assert known["orders"][0]["status"] == "active"
    assert "as known at event #2\n" in session("show cnil-clearview --known-at 2").out


def test_before_a_correction_the_old_date_was_known(run: Run) -> None:
    for line in SESSION[:3]:
        run(line.replace("2021-11-26", "2021"))
    assert run("correct 2 --occurred-on 2021-11-26 --reason 'the text has the day'").code == 0
    assert run("show cnil-clearview --json").json["orders"][0]["issued_on"] == "2021-11-26"
    assert run("show cnil-clearview --known-at 2 --json").json["orders"][0]["issued_on"] == "2021"
    told = run("why cnil-clearview orders.MED-2021-134.issued_on").out
    assert "event_corrected" in told
    assert "it was believed to be 2021." in told


def test_a_correction_and_its_withdrawal_are_two_short_commands(session: Run) -> None:
    ran = session("correct 2 --occurred-on 2021-11-25 --reason misread")
    assert "orders MED-2021-134  issued_on: 2021-11-26 -> 2021-11-25" in ran.out
    assert "8  cnil-clearview  8  deadline_triggered" in ran.out
    assert session("show cnil-clearview --json").json["orders"][0]["due_on"] == "2022-01-25"
    assert session('withdraw 7 --reason "read well after all"').code == 0
    assert session("show cnil-clearview --json").json["orders"][0]["due_on"] == "2022-01-26"
    assert "[withdrawn by #9]" in session("log cnil-clearview").out
    assert session("rebuild --check").code == 0


def test_a_correction_may_empty_a_field_and_name_the_right_source(session: Run) -> None:
    line = "correct 2 --blank item --new-source https://example.org/right --source letter"
    assert session(line).code == 0
    assert session("show cnil-clearview --json").json["order_items"] == []
    (order,) = [row for row in session("log --json").json if row["type"] == "order_issued"]
    assert (order["status"], order["corrected_by"]) == ("applied", 7)
    stored = json.loads(session("export").out.splitlines()[6])
    assert stored["source"] == "letter"
    assert stored["data"]["changes"] == {"item": None, "source": "https://example.org/right"}


def test_a_field_named_like_an_option_of_the_correction_gets_new_in_front(session: Run) -> None:
    assert session('correct 4 --new-reason "No answer" --reason misread').code == 0
    assert session("show cnil-clearview --json").json["referrals"][0]["reason"] == "No answer"


def test_what_a_withdrawal_takes_away_is_told(session: Run) -> None:
    session("append payment-received cnil-clearview --fine SAN-2022-019 --amount '5000000 EUR'")
    out = session("withdraw 7 --reason 'another fine'").out
    assert "payments P1  is gone" in out
    assert "balance: 15,000,000.00 EUR -> 20,000,000.00 EUR" in out


def test_what_makes_sense_of_an_oddity_is_told(session: Run) -> None:
    session("append deadline-missed cnil-clearview --deadline D2 --occurred-on 2023-02-01 --admit")
    line = (
        "append deadline-set cnil-clearview --deadline D2 --subject Pay --due-on 2023-01-31"
        " --occurred-on 2023-01-02"
    )
    assert "no longer odd: no deadline D2 was set" in session(line).out


def test_several_values_of_a_field_are_corrected_together(session: Run) -> None:
    assert session("correct 2 --item Stop --item Delete --item Tell").code == 0
    items = session("show cnil-clearview --json").json["order_items"]
    assert [item["text"] for item in items] == ["Stop", "Delete", "Tell"]


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
    line = "append fine-varied cnil-clearview --fine SAN-2022-019 --amount '5000000 EUR' --dry-run"
    ran = session(line)
    assert (ran.code, "nothing was recorded" in ran.err) == (0, True)
    assert "amount: 20,000,000.00 EUR -> 5,000,000.00 EUR" in ran.out
    assert session(f"{line} --json").json["recorded"] is False
    assert state(tmp_path) == before


def test_an_append_as_json_tells_each_value_that_changed(session: Run) -> None:
    told = session(
        "append payment-received cnil-clearview --fine SAN-2022-019 --amount '5 EUR' --caused-by 5"
        " --json"
    ).json
    assert (told["position"], told["version"], told["recorded"]) == (7, 7, True)
    changes = {(c["table_name"], c["field"]): c["new_value"] for c in told["changes"]}
    assert changes["fines", "paid_minor"] == 500
    assert changes["payments", "kind"] == "payment"
    stored = [json.loads(line) for line in session("export").out.splitlines()]
    assert stored[6]["caused_by"] == stored[4]["event_id"]


def test_nested_fields_come_as_json_from_a_file_or_from_stdin(
    session: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session("append appeal-lodged cnil-clearview --appeal A1 --forum Tribunal")
    effect = [{"fine": "SAN-2022-019", "outcome": "annulled"}]
    data = {"appeal": "A1", "outcome": "allowed", "effect": effect}
    (tmp_path / "decided.json").write_text(json.dumps(data), encoding="utf-8")
    ran = session("append appeal-decided cnil-clearview --data @decided.json --dry-run")
    assert (ran.code, "legal_status: imposed -> annulled" in ran.out) == (0, True), ran.err
    monkeypatch.setattr(sys, "stdin", (tmp_path / "decided.json").open(encoding="utf-8"))
    assert session("append appeal-decided cnil-clearview --data -").code == 0


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
    printed = session("verify").out.splitlines()[0]
    told = "the first 6 are those of the earlier root"
    assert told in session(f"verify --against '{printed}'").out
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


def test_an_export_is_restored_into_an_empty_ledger_under_the_same_root(session: Run) -> None:
    root = session("verify --json").json["root"]
    Path("events.jsonl").write_text(session("export").out, encoding="utf-8")
    session("init --db other.db")
    assert root in session("import events.jsonl --restore --db other.db").out
    assert session("verify --db other.db --json").json == {
        "events": 6,
        "root": root,
        "problems": [],
        "remarks": [],
    }


def test_deadlines_are_listed_by_day_and_swept_once(session: Run) -> None:
    due = "--due-on 2023-01-31 --occurred-on 2022-12-01"
    session(f"append deadline-set cnil-clearview --subject Answer {due}")
    assert "31 days left" in session("deadlines --on 2022-12-31").out
    assert "1 day overdue" in session("deadlines --on 2023-02-01").out
    proposed = session("sweep --on 2023-02-01 --json").json
    assert [row["deadline"] for row in proposed["deadline_missed"]] == ["D2"]
    assert session("sweep --on 2023-02-01 --record").code == 0
    assert session("sweep --on 2023-02-01 --json").json["deadline_missed"] == []
    assert session("show cnil-clearview --json").json["deadlines"][1]["status"] == "missed"


def test_a_calendar_and_a_table_are_printed_byte_for_byte(session: Run) -> None:
    calendar = session("deadlines --ics").out
    assert calendar.startswith("BEGIN:VCALENDAR\r\n")
    assert calendar.endswith("END:VCALENDAR\r\n")
    table = session("export fines --csv").out
    assert table.count("\r\n") == table.count("\n") == 2
    assert json.loads(session("export fines").out)[0]["balance"] == "20000000.00"


def test_an_amount_is_asked_for_by_its_readable_name(session: Run) -> None:
    told = session("why cnil-clearview fines.SAN-2022-019.balance").out
    assert "is 20,000,000.00 EUR since 2022-10-17" in told
    assert len(session("why cnil-clearview").out.splitlines()) > 20


def test_the_tables_of_another_day_go_into_another_ledger(session: Run) -> None:
    assert session("rebuild --into then.db --as-of 2022-03-01 --known-at 3").code == 0
    assert session("verify --db then.db --json").json["events"] == 3
    assert session("cases --db then.db --json").json[0]["stage"] == "notice"


FILE = """
case: tiny
source: letter
events:
  - {type: case_opened, id: opened, title: Tiny, authority: A}
  - {type: deadline_missed, id: missed, deadline: D9}
"""


def test_a_case_file_is_imported_once_and_its_oddities_are_counted(run: Run) -> None:
    Path("tiny.yml").write_text(FILE, encoding="utf-8")
    run("init")
    assert "2 events of 1 case would be recorded" in run("import tiny.yml --dry-run").out
    ran = run("import tiny.yml --strict")
    assert (ran.code, "no deadline D9 was set" in ran.err) == (1, True)
    first = run("import tiny.yml")
    assert (first.code, "odd: 1 deadline_unknown" in first.out) == (0, True)
    (again,) = run("import tiny.yml --json").json
    assert (again["events"], again["known"]) == (0, 2)
    assert len(run("log").out.splitlines()) == 2


def test_a_case_file_that_does_not_come_to_what_it_expects_records_nothing(run: Run) -> None:
    expected = "expect:\n  - that: {cases.stage: decided}\n"
    Path("tiny.yml").write_text(FILE + expected, encoding="utf-8")
    run("init")
    ran = run("import tiny.yml")
    assert (ran.code, "cases.stage should be decided, and is intake" in ran.err) == (1, True)
    assert run("verify --json").json["events"] == 0
    assert run("import tiny.yml --no-expect").code == 0


def test_lines_that_are_no_events_are_all_told(run: Run) -> None:
    Path("bad.jsonl").write_text('{"case_id": "c"}\n[]\n', encoding="utf-8")
    run("init")
    ran = run("import bad.jsonl")
    assert ran.code == 2
    assert "2 refused, nothing is recorded" in ran.out
    assert "line 1" in ran.out
    assert "line 2" in ran.out
    assert run("verify --json").json["events"] == 0


def test_what_is_asked_of_an_empty_ledger_is_answered_with_words(run: Run) -> None:
    run("init")
    assert "case-opened" in run("cases").err
    assert "no deadline runs" in run("deadlines").err
    assert "nothing has run out" in run("sweep").err
    assert (run("log").code, run("cases --json").json) == (0, [])


def test_a_case_before_anything_was_known_of_it_says_so(session: Run) -> None:
    assert "nothing of it had been recorded" in session("show cnil-clearview --known-at 0").out
    assert "nothing of it had occurred" in session("show cnil-clearview --as-of 2000-01-01").out


def test_an_event_is_one_line_however_many_its_text_has(session: Run) -> None:
    out = session("append note-added cnil-clearview --text 'one\ntwo\nthree'").out
    assert out.splitlines() == ["7  cnil-clearview  7  note_added  one two three"]
    assert len(session("log").out.splitlines()) == 7


def test_the_catalogue_is_listed_and_described(run: Run) -> None:
    listed = run("types --json").json
    assert [row["type"] for row in listed] == list(CATALOGUE)
    assert all(row["meaning"] and row["topic"] for row in listed)
    assert "amount" in run("schema fine-imposed").json["properties"]


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


def test_the_list_of_cases_goes_back_in_law_and_in_knowledge(session: Run) -> None:
    assert session("cases --as-of 2021-12-01 --json").json[0]["stage"] == "notice"
    assert session("cases --known-at 1 --json").json[0]["stage"] == "intake"
    assert session("cases --as-of 2019-01-01 --json").json == []


def test_on_a_past_day_those_deadlines_are_told_that_ran_then(session: Run) -> None:
    (row,) = session("deadlines --on 2021-12-31 --json").json
    assert (row["deadline_ref"], row["days_left"]) == ("D1", 26)
    assert session("deadlines --on 2022-02-01 --json").json == []
    assert session("deadlines --on 2021-01-01 --json").json == []


@pytest.mark.parametrize("place", ["fines.35/2022.amount_minor", "fines.35/2022"])
def test_why_takes_a_reference_with_a_slash_and_a_row_without_its_respondent(
    session: Run, place: str
) -> None:
    session("append fine-imposed cnil-clearview --fine 35/2022 --respondent X --amount '5 EUR'")
    ran = session(f"why cnil-clearview {place}")
    assert (ran.code, "fines.35/2022/X" in ran.out) == (0, True), ran.err
