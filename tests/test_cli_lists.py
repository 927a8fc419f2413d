"""What the command line lists: as of a day, as known at a moment, in one currency."""

import pytest

from tests.sessions import Run


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("cases --as-of 1999-01-01", "no case had come to be by then"),
        ("cases --known-at 0", "no case had come to be by then"),
        (
            "log cnil-clearview --as-of 1999-01-01",
            "nothing of cnil-clearview had occurred, or had been recorded, by then",
        ),
        ("log --known-at 0", "nothing had occurred, or had been recorded, by then"),
        ("exposure", "no periodic penalty had been imposed by then"),
    ],
)
def test_where_nothing_is_listed_words_say_so(session: Run, line: str, told: str) -> None:
    ran = session(line)
    assert (ran.code, ran.out, ran.err) == (0, "", f"{told}\n")


def test_of_an_empty_ledger_lists_say_that_nothing_is_there(run: Run) -> None:
    run("init")
    assert run("log").err == "nothing is recorded\n"
    assert run("exposure").err == "no periodic penalty had been imposed by then\n"


def test_deadlines_are_listed_as_they_were_known(session: Run) -> None:
    """Event #2 set the deadline, #3 found it missed."""
    (row,) = session("deadlines --known-at 2 --json").json
    assert (row["deadline_ref"], row["is_overdue"]) == ("D1", True)
    assert session("deadlines --known-at 3 --json").json == []
    assert session("deadlines --known-at 1 --on 2021-12-31 --json").json == []
    (row,) = session("deadlines cnil-clearview --known-at 6 --on 2021-12-31 --json").json
    assert row["days_left"] == 26


def test_a_deadline_withdrawn_since_is_listed_as_it_was_known(session: Run) -> None:
    session("withdraw 3 --reason 'never found'")
    session("withdraw 2 --reason 'never issued'")
    assert session("deadlines --json").json == []
    assert [row["status"] for row in session("deadlines --known-at 2 --json").json] == ["running"]


def test_a_calendar_is_of_today_and_of_a_case_that_is_there(session: Run) -> None:
    for other in ("--on 2022-01-01", "--known-at 3", "--within 3", "--json"):
        ran = session(f"deadlines --ics {other}")
        assert (ran.code, "--ics goes with a case and no other option" in ran.err) == (2, True)
    assert session("deadlines nobody --ics").code == 4


def test_totals_are_of_the_debts_on_a_day_by_the_rate_of_that_day(session: Run) -> None:
    first, whole = session("totals --in USD --on 2022-10-17").out.splitlines()
    assert first == "20,000,000.00 EUR  19,478,000.00 USD  at 0.973900, ECB, 2022-10-17"
    assert whole == "together           19,478,000.00 USD"
    assert session("totals --in USD --on 2022-10-16").out.split() == ["together", "0.00", "USD"]
    assert session("totals --in USD --known-at 4").out.split() == ["together", "0.00", "USD"]


def test_totals_say_so_where_the_rates_end_before_the_day(session: Run) -> None:
    ran = session("totals --in USD --on 2199-01-01")
    assert (ran.code, "the newest rates that are installed are of 20" in ran.err) == (0, True)
    assert session("totals --in EUR --on 2199-01-01").err == ""


def test_exposure_is_told_as_it_was_known(session: Run) -> None:
    penalty = "--penalty '100 EUR' --occurred-on 2022-10-17 --due-on 2022-12-20"
    session(f"append order-issued cnil-clearview --order O2 --item I {penalty}")
    session("append deadline-missed cnil-clearview --deadline D2 --occurred-on 2022-12-21")
    (row,) = session("exposure --on 2022-12-22 --json").json
    assert row["exposure"] == "200.00"
    (row,) = session("exposure --on 2022-12-22 --known-at 7 --json").json
    assert row["exposure"] is None
    assert session("exposure --known-at 6 --json").json == []
