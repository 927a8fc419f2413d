"""Whatever somebody gives it: it works, or a sentence says why not and nothing was changed."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import cli
from ledger.book import Book
from ledger.errors import LedgerError
from ledger.importers import import_file
from ledger.mapping import mapping_of
from ledger.seal import canonical
from ledger.verify import verify
from tests.sessions import Run, state

EXIT_CODES = {0, 1, 2, 3, 4, 5, 74, 75}

SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
few = settings(max_examples=120, suppress_health_check=SHARED)
many = settings(max_examples=250, suppress_health_check=SHARED)

ARGUMENT = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    | st.sampled_from("0123456789-/.:,;+TZPYMDWEUR∞²\u0661\udcff\udc80 \n"),
    max_size=24,
)
"""What a shell can pass: anything but NUL; bytes that are no UTF-8 come as lone surrogates."""


INSERTED = [
    *(
        "",
        "\0",
        "\ufeff",
        "\t",
        "\n",
        '"',
        "'",
        "{{",
        "}}",
        "{%",
        "%}",
        "[",
        "]",
        "{",
        "}",
        ":",
        "\\u",
    ),
    *("- ", "&a ", "*a", "!!int ", "|", ">", "#", "null", "true", "9" * 40, "1e999", "-1", ".inf"),
    *("2020-02-30", "9999-12-31", "0001-01-01", "P9999Y", "99999999999999 EUR", "\ud800", "é"),
    *("x | int", "x.__class__", "range(99)", "1 / 0", "1 // 0", "x[9]", "'a' + 1"),
]


def broken(text: str) -> st.SearchStrategy[str]:
    """A text with some parts cut out, doubled, moved, or with something else in their place."""
    places = st.integers(0, len(text))
    inserted = st.sampled_from(INSERTED) | st.text(max_size=5)
    cut = st.tuples(places, st.integers(0, 30), inserted)

    def mended(cuts: list[tuple[int, int, str]]) -> str:
        made = text
        for at, length, put in cuts:
            made = made[:at] + put + made[at + length :]
        return made

    return st.lists(cut, min_size=1, max_size=3).map(mended)


def refused_whole(book: Book, act: Callable[[], bool]) -> None:
    """Do what may be refused; `act` says whether it recorded. If not, nothing may have changed."""
    before = state(book.store.path.parent)
    said = recorded = None
    try:
        recorded = act()
    except LedgerError as error:
        said = error.message
    assert said != ""
    if not recorded:
        assert state(book.store.path.parent) == before


MAPPING = """\
file: {delimiter: ";", encoding: utf-8, quote: none}
unknown: ["", "-"]
list: l-
lookups: {states: {a: one, b: two}}
let: {on: "{{ day | date('%Y-%m-%d') }}", x: "{{ sum | number }}"}
case: "l-{{ key }}"
sort: true
order: "{{ key | int }}"
events:
  - {type: case_opened, id: o, when: "{{ first }}", fields: {title: "{{ name }}", authority: A}}
  - type: fine_imposed
    id: "f {{ day }}"
    when: "{{ x > 0 }}"
    fields: {amount: "{{ x | money('EUR') }}"}
  - type: note_added
    id: "n {{ key }}"
    per: case
    fields: {occurred_on: "{{ on }}", text: "{{ states[state] }} {{ rows | length }}"}
"""
TABLE = "key;name;day;sum;state\n1;Shop;2020-01-31;12.50;a\n2;Inn;;0;b\n1;Shop;2020-02-01;7;a\n"
CASES = """\
case: one
source: https://example.org/a
events:
  - {type: case_opened, id: o, title: A case, authority: CNIL, occurred_on: 2020-01-01}
  - {type: order_issued, id: m, order: O1, item: [Stop], within: P2M, occurred_on: 2020-02-01}
  - {type: fine_imposed, id: f, fine: F1, amount: 100 EUR, occurred_on: 2020-03, confidence: A}
expect:
  - {as_of: 2020-02-15, that: {orders.O1.status: active}}
---
case: two
events:
  - {type: case_opened, id: o, title: Another, authority: CNIL, confidential: [title]}
"""


@many
@given(text=broken(MAPPING) | st.text(max_size=40))
def test_a_text_is_a_mapping_or_a_sentence_says_why_not(text: str) -> None:
    try:
        found: Sequence[object] = mapping_of(text).events
    except LedgerError as error:
        found = [error.message]
    assert all(found)


@few
@given(mapping=st.just(MAPPING) | broken(MAPPING), table=broken(TABLE) | st.binary(max_size=60))
def test_any_table_under_any_mapping_is_recorded_whole_or_not_at_all(
    book: Book, tmp_path: Path, mapping: str, table: str | bytes
) -> None:
    (tmp_path / "m.yml").write_text(mapping, errors="surrogatepass")
    given = table if isinstance(table, bytes) else table.encode(errors="surrogatepass")
    (tmp_path / "t.csv").write_bytes(given)

    def act() -> bool:
        report = import_file(book, tmp_path / "t.csv", by="me", mapping=tmp_path / "m.yml")
        return report.refused == 0

    refused_whole(book, act)


def test_the_table_and_the_mapping_that_are_broken_here_are_sound(
    book: Book, tmp_path: Path
) -> None:
    (tmp_path / "m.yml").write_text(MAPPING)
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "c.yml").write_text(CASES)
    report = import_file(book, tmp_path / "t.csv", by="me", mapping=tmp_path / "m.yml")
    assert (report.cases, report.refusals) == (2, [])
    report = import_file(book, tmp_path / "c.yml", by="me")
    assert (report.cases, report.refusals) == (2, [])


@many
@given(text=broken(CASES) | st.text(max_size=40))
def test_any_case_file_is_recorded_whole_or_not_at_all(
    book: Book, tmp_path: Path, text: str
) -> None:
    (tmp_path / "c.yml").write_bytes(text.encode(errors="surrogatepass"))

    def act() -> bool:
        return import_file(book, tmp_path / "c.yml", by="me").refused == 0

    refused_whole(book, act)


LOOKS = [
    "show cnil-clearview --as-of {}",
    "show cnil-clearview --known-at {}",
    "show {}",
    "log --known-at {}",
    "why cnil-clearview {}",
    "why cnil-clearview fines.{}",
    "verify --against {}",
    "deadlines --on {}",
    "deadlines --within {}",
    "exposure --on {}",
    "totals --in EUR --on {}",
    "totals --in {}",
    "search {}",
    "export {}",
    "schema {}",
]
"""Commands that read, with a place for what somebody types."""
WRITES = [
    "append note-added cnil-clearview --text n --occurred-on {}",
    "append note-added {} --text n",
    "append note-added cnil-clearview --text {}",
    "append note-added cnil-clearview --data {}",
    "append note-added cnil-clearview --text n --source {}",
    "append note-added cnil-clearview --text n --event-id {}",
    "append note-added cnil-clearview --text n --expect-version {}",
    "append note-added cnil-clearview --text n --by {}",
    "append fine-imposed cnil-clearview --fine {} --amount 1_EUR",
    "append fine-imposed cnil-clearview --amount {}",
    "append payment-received cnil-clearview --fine SAN-2022-019 --amount {}",
    "append order-issued cnil-clearview --item i --within {} --occurred-on 2021-01-01",
    "append note-added cnil-clearview --text n --confidential {}",
    "correct {} --reason r --title t",
    "correct 1 --reason r --occurred-on {}",
    "withdraw {} --reason r",
]
"""Commands that record, with a place for what somebody types."""

LIKELY = [
    *("2022-02-30", "2022-13", "9999-12-31", "0000-01-01", "10000-01-01", "-1", "0", "1"),
    *("\u0662\u0660\u0662\u0662-\u0660\u0661-\u0660\u0661", "\u0661", "²", "9" * 30, "9" * 5000),
    *("2022-10-17T10:00:00Z", "2022-10-17T10:00:00+99:00", "2022-10-17T24:00:00.9Z"),
    *("1e400 EUR", "NaN EUR", "Infinity EUR", "-0 EUR", "1 XXX", "1 €", "9" * 20 + " EUR"),
    *("P0D", "P", "P-1D", "P99999999Y", "P1Y2M3W4D", "PT1H", "P1.5D"),
    *("{}", "[]", "{", "null", "@", "-", "[" * 3000, '{"text": NaN}', '{"text": 1e999}'),
    *('{"text": "\\ud800"}', '{"text": "a", "text": "b"}'),
    *("fines..", "...", "fines.SAN-2022-019.amount", "new", "exists"),
    *("1:", ":", f"6:{'0' * 64}", f"\u0663:{'a' * 64}", f"0:{'f' * 64}"),
]
"""What is nearly right, or right and rare."""


def typed(run: Run, monkeypatch: pytest.MonkeyPatch, line: str, word: str) -> int:
    """Run a command line with a word in it just as somebody typed it; returns the exit code."""
    words = [part.replace("{}", word).replace("1_EUR", "1 EUR") for part in line.split()]
    monkeypatch.setattr(sys, "argv", ["caseledger", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@many
@given(line=st.sampled_from(LOOKS), word=st.sampled_from(LIKELY) | ARGUMENT)
@example(line="show cnil-clearview --known-at {}", word="²")
@example(line="log --known-at {}", word="9" * 5000)
def test_whatever_is_asked_there_is_an_answer_or_a_sentence(
    session: Run,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    line: str,
    word: str,
) -> None:
    code = typed(session, monkeypatch, line, word)
    said = capfd.readouterr().err
    assert code in EXIT_CODES
    assert code == 0 or said.startswith("caseledger: ") or "verify" in line


@many
@given(line=st.sampled_from(WRITES), word=st.sampled_from(LIKELY) | ARGUMENT)
@example(line="withdraw {} --reason r", word="9" * 5000)
@example(line="append note-added cnil-clearview --text n --expect-version {}", word="9" * 5000)
def test_whatever_is_recorded_it_is_recorded_soundly_or_not_at_all(
    session: Run,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    line: str,
    word: str,
) -> None:
    before = state(tmp_path)
    code = typed(session, monkeypatch, line, word)
    said = capfd.readouterr().err
    assert code in EXIT_CODES
    if code:
        assert said.startswith("caseledger: ")
        assert state(tmp_path) == before
        return
    with Book(tmp_path / "ledger.db") as book:
        assert verify(book.store).problems == []
        assert book.check() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=12,
)


@many
@given(value=JSON)
def test_what_has_a_canonical_form_is_read_back_from_it_and_the_rest_is_refused(
    value: object,
) -> None:
    try:
        text = canonical(value)
    except (LedgerError, ValueError):
        return
    assert canonical(orjson.loads(text)) == text
