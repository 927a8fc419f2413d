"""The event log: held against the schema of XES (IEEE 1849), and against the ledger."""

import re
import sqlite3
import tracemalloc
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import app
from events import CATALOGUE
from ledger import xes
from ledger.book import Book, create
from ledger.casefiles import SHIPPED, read
from ledger.door import proposed
from ledger.errors import FileTrouble, Refused
from ledger.terminal import run

NCNAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
VALUES = {
    "string": re.compile(r".*", re.DOTALL),
    "date": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII),
    "int": re.compile(r"-?\d{1,18}", re.ASCII),
    "boolean": re.compile(r"true|false"),
    "id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
"""Kinds of attribute that we use, with how the schema has their values written."""

RANKS = {"extension": 0, "global": 1, "classifier": 2, "trace": 4, "event": 5}
"""The order of the parts; attributes stand in the middle."""

CHILDREN = {
    "log": {"extension", "global", "classifier", "trace", *VALUES},
    "global": set(VALUES),
    "trace": {"event", *VALUES},
    "event": set(VALUES),
}
ATTRIBUTES = {
    "log": {"xes.version", "xes.features"},
    "extension": {"name", "prefix", "uri"},
    "global": {"scope"},
    "classifier": {"name", "scope", "keys"},
    **{kind: {"key", "value"} for kind in VALUES},
}


def offences(element: ET.Element) -> Iterator[str]:
    """Where an element and what is in it break the schema."""
    if set(element.attrib) != ATTRIBUTES.get(element.tag, set()):
        yield f"<{element.tag}> has the attributes {sorted(element.attrib)}"
    if odd := {child.tag for child in element} - CHILDREN.get(element.tag, set()):
        yield f"<{element.tag}> holds {sorted(odd)}"
    ranks = [RANKS.get(child.tag, 3) for child in element]
    if ranks != sorted(ranks):
        yield f"<{element.tag}> has its parts in another order"
    keys = [child.get("key") for child in element if child.tag in VALUES]
    if len(set(keys)) < len(keys):
        yield f"<{element.tag}> has a key twice: {sorted(map(str, keys))}"
    if element.tag in VALUES:
        yield from wrong_attribute(element)
    for child in element:
        yield from offences(child)


def wrong_attribute(element: ET.Element) -> Iterator[str]:
    prefix, _, name = element.attrib["key"].rpartition(":")
    if not NCNAME.fullmatch(name) or prefix not in DECLARED:
        yield f"{element.attrib['key']!r} is no key of a declared extension"
    if not VALUES[element.tag].fullmatch(element.attrib["value"]):
        yield f"{element.attrib} is no {element.tag}"


DECLARED = {"", "concept", "time", "org", "lifecycle", "identity"}


def values(element: ET.Element) -> dict[str, str]:
    """The attributes of a trace or event."""
    return {
        child.attrib["key"]: child.attrib["value"] for child in element if "key" in child.attrib
    }


def log_of(book: Book, folder: Path) -> ET.Element:
    written = xes.write(book, folder / "log.xes")
    log = ET.parse(folder / "log.xes").getroot()
    assert written == (len(log.findall("trace")), len(log.findall("trace/event")))
    assert list(offences(log)) == []
    return log


def trace_of(book: Book, folder: Path) -> list[dict[str, str]]:
    """The events of a ledger that has one case."""
    (trace,) = log_of(book, folder).findall("trace")
    return [values(event) for event in trace.findall("event")]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    create(tmp_path / "ledger.db", "A <test> & more")
    with Book(tmp_path / "ledger.db") as opened:
        yield opened


def say(book: Book, type_name: str, **fields: object) -> str:
    """Append an event to the case of a test; returns its id."""
    event = proposed("case", type_name, fields)
    book.append([event], by="clerk", admit=True)
    return event.event_id


def opened(book: Book, **fields: object) -> None:
    fields = {"title": "T", "authority": "CNIL", "regime": "GDPR"} | fields
    say(book, "case_opened", **fields)


def test_every_shipped_case_is_a_trace_and_every_fact_an_event(book: Book, tmp_path: Path) -> None:
    for file in sorted(SHIPPED.rglob("*.yml")):
        for case in read(file):
            book.append(case.proposals, by="clerk", admit=True)
    log = log_of(book, tmp_path)
    with sqlite3.connect(tmp_path / "ledger.db") as conn:
        steps = conn.execute(
            "select case_id, type, position from timeline"
            " where status in ('applied', 'not_applied') order by case_id, step"
        ).fetchall()
    found = [
        (values(trace)["concept:name"], told["concept:name"], int(told["position"]))
        for trace in log.findall("trace")
        for told in map(values, trace.findall("event"))
    ]
    assert found == steps
    assert len(found) > 200


def test_the_extensions_and_what_every_event_has_are_declared(book: Book, tmp_path: Path) -> None:
    opened(book)
    log = log_of(book, tmp_path)
    assert {e.attrib["prefix"] for e in log.findall("extension")} == DECLARED - {""}
    told = {g.attrib["scope"]: values(g).keys() for g in log.findall("global")}
    for scope, path in (("trace", "trace"), ("event", "trace/event")):
        for element in log.findall(path):
            assert told[scope] <= values(element).keys()
    assert values(log)["concept:name"] == "A <test> & more"


def test_a_trace_says_what_the_case_is_about_and_where_it_stands(
    book: Book, tmp_path: Path
) -> None:
    opened(book, title='"A" & <B>\N{SNOWMAN}', occurred_on="2022-01-01")
    (trace,) = log_of(book, tmp_path).findall("trace")
    told = values(trace)
    assert told["title"] == '"A" & <B>\N{SNOWMAN}'
    assert (told["concept:name"], told["stage"]) == ("case", "intake")
    assert told["opened_on"] == "2022-01-01T00:00:00.000+00:00"


def test_fields_keep_their_kind_and_money_is_no_fraction(book: Book, tmp_path: Path) -> None:
    opened(book)
    paid = {"fine": "F1", "amount": "0.10 EUR", "occurred_on": "2022-03-04"}
    say(book, "fine_imposed", respondent=["X; Y", "Z"], liability="joint", amount="1000000.30 EUR")
    say(book, "payment_received", **paid)
    say(book, "decision_published", anonymised=False, url="https://example.org/?a=1&b=2")
    _, fine, payment, published = trace_of(book, tmp_path)
    assert (fine["respondent"], fine["fine"]) == ("X; Y; Z", "F1")
    told = {name: fine[name] for name in fine if name.startswith("amount")}
    assert told == {
        "amount": "1000000.3 EUR",
        "amount_currency": "EUR",
        "amount_minor": "100000030",
    }
    assert payment["occurred_on"] == payment["time:timestamp"] == "2022-03-04T00:00:00.000+00:00"
    assert (published["anonymised"], published["url"]) == ("false", "https://example.org/?a=1&b=2")
    assert (payment["org:resource"], payment["lifecycle:transition"]) == ("clerk", "complete")


def test_events_stand_in_legal_order_and_each_says_how_far_its_date_is_known(
    book: Book, tmp_path: Path
) -> None:
    opened(book)
    say(book, "note_added", text="a day", occurred_on="2022-05-06")
    say(book, "note_added", text="none")
    say(book, "note_added", text="a month", occurred_on="2022-04")
    say(book, "note_added", text="a year", occurred_on="2021")
    told = [
        (e.get("text"), e["time:timestamp"][:10], e["date_known"]) for e in trace_of(book, tmp_path)
    ]
    assert told == [
        (None, "2021-01-01", "none"),
        ("a year", "2021-01-01", "year"),
        ("a month", "2022-04-01", "month"),
        ("a day", "2022-05-06", "day"),
        ("none", "2022-05-06", "none"),
    ]


def test_where_no_date_is_known_an_event_stands_at_its_recording(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELEDGER_NOW", "2030-02-03T04:05:06Z")
    opened(book)
    (event,) = trace_of(book, tmp_path)
    assert event["time:timestamp"] == "2030-02-03T00:00:00.000+00:00"
    assert (event["date_known"], event["recorded_at"]) == ("none", "2030-02-03T04:05:06.000000Z")


def test_corrected_values_are_in_and_withdrawn_events_are_not(book: Book, tmp_path: Path) -> None:
    opened(book, occurred_on="2022-01-01")
    fine = say(book, "fine_imposed", fine="F1", amount="100 EUR", occurred_on="2022-02-02")
    note = say(book, "note_added", text="wrong", occurred_on="2022-02-03")
    changes = {"amount": "90 EUR", "occurred_on": "2022-02-20", "source": "the decision"}
    say(book, "event_corrected", target=fine, changes=changes)
    say(book, "event_withdrawn", target=note, reason="of another case")
    say(book, "payment_received", fine="F9", amount="1 EUR", occurred_on="2022-03-01")
    first, second, third = trace_of(book, tmp_path)
    assert first["concept:name"] == "case_opened"
    assert (second["amount_minor"], second["source"]) == ("9000", "the decision")
    assert second["time:timestamp"].startswith("2022-02-20")
    assert second["corrected_by"] == "4"
    assert (third["concept:name"], third["status"]) == ("payment_received", "not_applied")


def test_what_xml_cannot_hold_is_shown_as_missing(book: Book, tmp_path: Path) -> None:
    opened(book)
    say(book, "note_added", text="tab\tand\nline \uffff end")
    assert trace_of(book, tmp_path)[1]["text"] == "tab\tand\nline \N{REPLACEMENT CHARACTER} end"


def test_a_case_of_which_nothing_is_left_is_an_empty_trace(book: Book, tmp_path: Path) -> None:
    note = say(book, "note_added", text="wrong")
    say(book, "event_withdrawn", target=note, reason="no such case")
    assert trace_of(book, tmp_path) == []


def test_what_is_confidential_is_a_placeholder_here_too(book: Book, tmp_path: Path) -> None:
    opened(book)
    fields = {"text": "a secret", "document": "D-1"}
    for sealed in ("text", "all"):
        event = proposed("case", "note_added", fields, confidential=[sealed])
        book.append([event], by="clerk")
    _, part, whole = trace_of(book, tmp_path)
    assert part["text"].startswith("[confidential ")
    assert (part["document"], whole["summary"]) == ("D-1", "Confidential")
    assert not {"text", "document"} & set(whole)
    assert "a secret" not in (tmp_path / "log.xes").read_text()


def test_no_key_of_ours_hides_a_field_of_an_event(book: Book, tmp_path: Path) -> None:
    opened(book)
    (event,) = trace_of(book, tmp_path)
    ours = {key for key in event if ":" not in key} - set(CATALOGUE["case_opened"].model_fields)
    ours |= {"source", "confidence", "caused_by", "corrected_by"}
    for kind in CATALOGUE.values():
        keys = [*kind.model_fields]
        keys += [f"{name}_{more}" for name in keys for more in ("minor", "currency")]
        assert not ours & set(keys), kind.type
        assert len(set(keys)) == len(keys), kind.type


def test_an_event_log_takes_the_place_of_no_file_and_none_is_left_half_written(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(book)
    (tmp_path / "kept.xes").write_text("mine")
    with pytest.raises(Refused, match="exists already"):
        xes.write(book, tmp_path / "kept.xes")
    with pytest.raises(FileTrouble):
        xes.write(book, tmp_path / "no such folder" / "log.xes")

    def breaks(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xes, "_about_event", breaks)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FileTrouble):
        xes.write(book, tmp_path / "log.xes")
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "kept.xes").read_text() == "mine"


def test_one_case_is_in_memory_at_a_time(book: Book, tmp_path: Path) -> None:
    def peak(cases: range) -> int:
        notes = [
            proposed(f"c{n:04d}", "note_added", {"text": "x" * 2_000, "occurred_on": "2022"})
            for n in cases
        ]
        book.append(notes, by="clerk", admit=True)
        tracemalloc.start()
        xes.write(book, tmp_path / f"{len(cases)}.xes")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few = peak(range(50))
    assert peak(range(50, 550)) < 1.5 * few


def test_the_command_says_what_it_wrote(
    book: Book,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened(book)
    out = str(tmp_path / "log.xes")
    monkeypatch.setenv("CASELEDGER_DB", str(tmp_path / "ledger.db"))
    monkeypatch.setattr("sys.argv", ["caseledger", "export", "--xes", out])
    assert run(app) == 0
    assert capsys.readouterr().out == f"{out}: 1 event in 1 trace\n"
    assert run(app) == 1
    assert "exists already" in capsys.readouterr().err
