"""The rules of the record: whoever drops, alters or adds one, or swaps a table, is found out."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.tampering import five_events, report, without_rules, words

TRIGGERS = [
    "events_are_never_changed",
    "events_are_never_removed",
    "events_are_only_added",
    "meta_is_never_removed",
    "meta_is_one_row",
    "meta_keeps_its_origin",
    "settings_are_never_changed",
    "settings_are_never_removed",
    "settings_are_only_added",
    "withheld_are_never_changed",
    "withheld_are_never_removed",
    "withheld_are_only_added",
]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return five_events(tmp_path / "ledger.db", monkeypatch)


def test_the_record_has_no_rule_but_these(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        rules = connection.execute("select name from sqlite_master where type = 'trigger'")
        assert sorted(name for (name,) in rules) == TRIGGERS


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_rule_that_was_dropped_is_named(path: Path, trigger: str) -> None:
    without_rules(path, f"drop trigger {trigger}")
    assert report(path).problems == [(None, f"the trigger {trigger} is missing")]


@pytest.mark.parametrize(
    ("statements", "what"),
    [
        (
            [
                "drop trigger events_are_never_removed",
                "create trigger events_are_never_removed before delete on events"
                " begin select 1; end",
            ],
            "the trigger events_are_never_removed is not as it was made",
        ),
        (
            ["create trigger watch after insert on events begin select 1; end"],
            "the trigger watch on events does not belong there",
        ),
        (
            ["create trigger watch after insert on EVENTS begin select 1; end"],
            "the trigger watch on events does not belong there",
        ),
        (["alter table events add column note text"], "the table events is not as it was made"),
        (["drop index events_by_type"], "the index events_by_type is missing"),
        (
            ["drop trigger meta_is_one_row", "insert into meta values ('x', 'x', 'x', 1, null)"],
            "the table meta has not exactly one row",
        ),
        (
            [
                "pragma writable_schema = on",
                "update sqlite_master set sql = replace(sql, 'strict', '') where name = 'withheld'",
            ],
            "the table withheld is not as it was made",
        ),
    ],
)
def test_a_rule_that_was_altered_or_added_is_named(
    path: Path, statements: list[str], what: str
) -> None:
    without_rules(path, *statements)
    assert what in words(path)


def test_an_index_that_somebody_added_does_no_harm(path: Path) -> None:
    without_rules(path, "create index by_source on events (source)")
    assert report(path).problems == []


def test_a_table_in_place_of_the_record_is_found(path: Path) -> None:
    without_rules(
        path,
        "alter table events rename to before",
        "create table events as select * from before",
        "update events set position = 'x', leaf_hash = null, entry = null where position = 2",
    )
    assert "the table events is not as it was made" in words(path)


def test_a_view_in_place_of_the_record_is_found(path: Path) -> None:
    without_rules(
        path, "alter table events rename to before", "create view events as select 1 as position"
    )
    found = words(path)
    assert "the table events is missing" in found
    assert "the file cannot be read to its end" in found[-1]
