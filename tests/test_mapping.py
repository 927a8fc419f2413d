"""Mappings: rows of tables become events, and what cannot is refused by its line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book import Book, create
from ledger.confidential import erase
from ledger.errors import Malformed
from ledger.importers import import_file
from ledger.mapping import mapping_of
from tests.contents import cells
from tests.facts import fact
from tests.importing import imported

LIST = """
list: l-
case: "l-{{ number }}"
events:
  - {type: case_opened, id: opened, fields: {title: "{{ name }}", authority: A}}
  - type: note_added
    id: "state {{ state }}"
    when: "{{ state }}"
    fields: {text: "{{ state }}"}
"""


def test_a_row_becomes_several_events(book: Book) -> None:
    report = imported(book, "number,name,state\n1,Shop,open\n2,Inn,\n", LIST)
    assert dict(report.by_type) == {"case_opened": 2, "note_added": 1}
    assert cells(book, "select case_id, title from cases") == [("l-1", "Shop"), ("l-2", "Inn")]


def test_a_later_edition_adds_what_changed_and_says_what_disappeared(book: Book) -> None:
    imported(book, "number,name,state\n1,Shop,open\n2,Inn,open\n", LIST)
    report = imported(book, "number,name,state\n2,The Inn,fined\n3,Bar,open\n", LIST)
    assert dict(report.by_type) == {"event_corrected": 1, "note_added": 2, "case_opened": 1}
    assert (report.corrected, report.disappeared) == (1, ["l-1"])
    assert cells(book, "select title, stage from cases") == [
        ("Shop", "intake"),
        ("The Inn", "intake"),
        ("Bar", "intake"),
    ]
    assert book.case("l-2", known_at="4").row.title == "Inn"


def test_the_same_edition_twice_adds_nothing_even_after_a_correction(book: Book) -> None:
    imported(book, "number,name,state\n1,Shop,open\n", LIST)
    edition = "number,name,state\n1,Shoppe,open\n"
    assert imported(book, edition, LIST).events == 1
    again = imported(book, edition, LIST)
    assert (again.events, again.known) == (0, 2)


def test_a_mapping_may_keep_or_refuse_what_reads_otherwise(book: Book) -> None:
    imported(book, "number,name,state\n1,Shop,\n", LIST)
    changed = "number,name,state\n1,Shoppe,\n"
    kept = imported(book, changed, LIST.replace("opened,", "opened, changed: keep,", 1))
    assert (kept.events, kept.refused) == (0, 0)
    refused = imported(book, changed, LIST.replace("opened,", "opened, changed: refuse,", 1))
    assert refused.was_refused
    assert "other content" in refused.refusals[0].message


def test_an_event_that_somebody_withdrew_stays_withdrawn(book: Book) -> None:
    from ledger.door import proposed

    imported(book, "number,name,state\n1,Shop,open\n", LIST)
    target = book.event_at(2).event_id
    fields = {"target": target, "reason": "a mistake"}
    book.append([proposed("l-1", "event_withdrawn", fields)], by="me")
    assert imported(book, "number,name,state\n1,Shop,open\n", LIST).events == 0


SEVERAL = """
case: "c-{{ case }}"
sort: true
order: "{{ place | int }}"
events:
  - type: case_opened
    id: opened
    per: case
    fields: {title: "{{ rows | map(attribute='who') | join(' and ') }}", authority: A}
  - type: fine_imposed
    id: fine
    per: case
    fields:
      respondent: "{{ rows | map(attribute='who') | list }}"
      liability: joint
      amount: "{{ rows | map(attribute='amount') | map('number') | sum | money('EUR') }}"
  - type: note_added
    id: "{{ place }}"
    fields: {text: "{{ who }} after {{ previous.who if previous else 'nobody' }}"}
"""


def test_one_event_of_several_rows_that_stand_apart(book: Book) -> None:
    report = imported(book, "case,place,who,amount\nx,2,B,20\ny,1,C,5\nx,1,A,1.5\n", SEVERAL)
    assert report.refused == 0, report.refusals
    assert cells(book, "select case_id, amount, liability from fines order by case_id") == [
        ("c-x", "21.50", "joint"),
        ("c-y", "5.00", "several"),
    ]
    notes = [e.data["text"] for e in book.entries("c-x") if e.type == "note_added"]
    assert notes == ["A after nobody", "B after A"]


def test_rows_of_a_case_that_stand_apart_are_refused_unless_sorted(book: Book) -> None:
    table = "number,name,state\n1,Shop,a\n2,Inn,a\n1,Shop,b\n"
    report = imported(book, table, LIST)
    assert [(one.line, one.case_id) for one in report.refusals] == [(4, "l-1")]
    assert report.refusals[0].hint == "write `sort: true` in the mapping"
    assert imported(book, table, "sort: true" + LIST).events == 5


def test_refusals_name_the_line_and_the_cause(book: Book) -> None:
    table = 'number,name,state\n1,"two\nlines",x\n2,Inn\n3,,x\n,Bar,x\n'
    report = imported(book, table, LIST)
    assert [(one.line, one.case_id) for one in report.refusals] == [
        (2, "l-1"),
        (4, None),
        (5, "l-3"),
        (6, None),
    ]
    words = " ".join(one.message for one in report.refusals)
    assert "unprintable character U+000A" in words
    assert "2 cells where the header has 3" in words
    assert "title is missing" in words
    assert book.store.size() == 0


def test_refused_rows_can_be_mended_and_imported_again(book: Book, tmp_path: Path) -> None:
    mapping = LIST.replace("per: row", "") + '    source: "{{ state | day }}"\n'
    rest = tmp_path / "rest.csv"
    table = "number,name,state\n1,Shop,2020-01-01\n2,Inn,soon\n3,Bar\n"
    report = imported(book, table, mapping, continue_to=rest)
    assert (report.cases, report.refused, report.refused_cases) == (1, 2, 1)
    header, inn, bar = rest.read_text().splitlines()
    assert header == "number,name,state,refused"
    assert inn.startswith("2,Inn,soon,")
    assert "does not begin with a day" in inn
    assert bar.startswith("3,Bar,")
    mended = rest.read_text().replace("soon", "2020-02-02").replace("3,Bar,", "3,Bar,2020-03-03,")
    again = imported(book, mended, mapping)
    assert (again.cases, again.refused) == (2, 0), again.refusals


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-8", "Café"), ("utf-8-sig", "Café"), ("cp1252", "Café"), ("shift_jis", "労働"),
     ("utf-16", "労働")],
)  # fmt: skip
def test_a_table_is_read_in_its_encoding(book: Book, encoding: str, text: str) -> None:
    table = f"number;name;state\r\n1;{text};\r\n".encode(encoding)
    stated = encoding.removesuffix("-sig")
    imported(book, table, f'file: {{delimiter: ";", encoding: {stated}}}{LIST}')
    assert cells(book, "select title from cases") == [(text,)]


def test_a_wrong_encoding_is_told_and_nothing_recorded(book: Book) -> None:
    with pytest.raises(Malformed, match="this is not utf-8"):
        imported(book, "number,name,state\n1,Café,\n".encode("cp1252"), LIST)
    assert book.store.size() == 0


@pytest.mark.parametrize(("sign", "stated"), [(";", '";"'), ("\t", '"\\t"'), ("|", '"|"')])
def test_another_delimiter_is_told_with_the_words_that_a_mapping_has_for_it(
    book: Book, sign: str, stated: str
) -> None:
    table = "number,name,state\n1,Shop,\n".replace(",", sign)
    with pytest.raises(Malformed, match="has no column") as told:
        imported(book, table, LIST)
    words = f"file: {{delimiter: {stated}}}"
    assert f"write `{words}` in the mapping" in str(told.value.hint)
    assert imported(book, table, f"{words}\n{LIST}").refused == 0


def test_quotes_that_are_never_closed_are_told_with_their_line(book: Book) -> None:
    with pytest.raises(Malformed, match="line 3") as told:
        imported(book, 'number,name,state\n1,Shop,\n2,"Inn,\n3,Bar,\n', LIST)
    assert "quote: none" in str(told.value.hint)


def test_a_table_without_names_of_columns_gets_them_from_the_mapping(book: Book) -> None:
    imported(book, "1\tShop\topen\n", "file: {header: [number, name, state]}" + LIST, name="t.tsv")
    assert cells(book, "select title from cases") == [("Shop",)]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("case: x", "no `events:`"),
        ("casse: x", "did you mean case"),
        ("case: x\nevents: [{type: fine, id: a}]", "no type of event called 'fine'"),
        ("case: x\nevents: [{type: note_added}]", "no `id:`"),
        ("case: x\nevents: [{type: note_added, id: a, fields: {txt: b}}]", "did you mean text"),
        ("case: '{{ a b }}'\nevents: []", "line 1: case"),
        ("case: '{% for x in y %}{% endfor %}'\nevents: []", "no statements"),
        ("case: '{{ numbr }}'\nevents: []", "did you mean number"),
        ("case: '{{ number | nothing }}'\nevents: []", "nothing"),
        ("file: {delimiter: ab}\ncase: x\nevents: []", "not one character"),
        ("file: {encoding: utf-9}\ncase: x\nevents: []", "is unknown"),
        ("file: {encoding: base64}\ncase: x\nevents: []", "no encoding of text"),
        ("sort: maybe\ncase: x\nevents: []", "write true or false"),
        ("", "holds no mapping"),
        ("- a", "not as a list"),
    ],
)
def test_a_mapping_that_is_none_is_told_with_its_line(book: Book, mapping: str, words: str) -> None:
    with pytest.raises(Malformed) as told:
        imported(book, "number,name,state\n1,Shop,\n", mapping)
    assert words in told.value.message


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__",
        "number.__init__.__globals__",
        "self",
        "range(9)",
        "cycler.__init__",
        "lipsum.__globals__",
        "number | attr('__class__')",
        "'%s'.format.__self__",
    ],
)
def test_there_is_no_way_out_of_a_mapping_into_python(book: Book, expression: str) -> None:
    mapping = f'case: "l-{{{{ {expression} }}}}"\nevents: []'
    try:
        report = imported(book, "number\n1\n", mapping)
    except Malformed:
        return
    assert report.refused == 1


words = st.sampled_from(
    ["case", "events", "file", "let", "list", "lookups", "sort", "type", "id", "fields", "when",
     "each", "note_added", "text", "{{ number }}", "{{ number | day }}", "{{", "}}", "{% x %}",
     "{{ rows }}", "{{ 1/0 }}", "{{ 'a' * 3 }}", "{{ a", "true", "delimiter", ";", "encoding"]
)  # fmt: skip
trees = st.recursive(
    words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=150)
@given(text=st.text(max_size=80) | trees.map(str))
def test_whatever_a_mapping_says_it_is_read_or_malformed(text: str) -> None:
    try:
        found = mapping_of(text)
    except Malformed:
        return
    assert found.case is not None


expressions = st.sampled_from(
    ["number", "name | day", "name | number | money('EUR')", "name | era", "rows | length",
     "name.upper()", "name | find('(')", "name | date('%q')", "1 / (number | int)", "rows[7].name",
     "name | int + 1", "previous.name", "name | money('E')", "first", "[name, number]", "row"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    table=st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=3), max_size=5),
    raw=st.binary(max_size=30),
    case=expressions,
    text=expressions,
    mixed=st.booleans(),
)
def test_whatever_stands_in_a_table_it_is_recorded_whole_or_not_at_all(
    tmp_path: Path, table: list[list[str]], raw: bytes, case: str, text: str, mixed: bool
) -> None:
    for path in tmp_path.iterdir():
        path.unlink()
    create(tmp_path / "any.db", "a test")
    mapping = (
        f'sort: {str(mixed).lower()}\ncase: "c-{{{{ {case} }}}}"\nevents:\n'
        f'  - {{type: note_added, id: n, fields: {{text: "{{{{ {text} }}}}"}}}}\n'
    )
    (tmp_path / "m.yml").write_text(mapping)
    rows = "\n".join(",".join(cells) for cells in table).encode(errors="replace")
    (tmp_path / "t.csv").write_bytes(b"number,name\n" + rows + b"\n" + raw)
    with Book(tmp_path / "any.db") as book:
        try:
            report = import_file(book, tmp_path / "t.csv", by="me", mapping=tmp_path / "m.yml")
        except Malformed:
            assert book.store.size() == 0
            return
        assert book.store.size() == (0 if report.was_refused else report.events)
        assert book.check() == []


COMPLAINTS = """
case: "{{ id }}"
events:
  - {type: case_opened, id: o, fields: {title: "{{ id }}", authority: A}}
  - type: complaint_received
    id: c
    confidential: complainant
    fields: {complainant: "{{ who }}", subject: "{{ about }}"}
"""


def held(book: Book) -> list[Any]:
    """The confidential values, in the order of recording."""
    return [
        book.private.values([seal])[seal].value if book.private.values([seal]) else None
        for entry in book.store.sealing()
        for seal in entry.seals.values()
    ]


def test_a_mapping_says_which_columns_are_confidential(book: Book, tmp_path: Path) -> None:
    rows = "id,who,about\nx,Zaphod Beeblebrox,noise\ny,,smoke\n"
    imported(book, rows, COMPLAINTS)
    assert held(book) == ["Zaphod Beeblebrox"]
    assert b"Zaphod" not in (tmp_path / "ledger.db").read_bytes()


def test_a_later_edition_corrects_under_seal_and_leaves_erased_what_was_erased(
    book: Book,
) -> None:
    rows = "id,who,about\nx,Zaphod Beeblebrox,noise\ny,Ford Prefect,smoke\n"
    imported(book, rows, COMPLAINTS)
    assert imported(book, rows, COMPLAINTS).events == 0
    later = rows.replace("Zaphod", "Zarniwoop").replace("smoke", "steam")
    erase(book, 4, reason="asked", by="me")
    assert imported(book, later, COMPLAINTS).events == 2
    assert held(book) == ["Zaphod Beeblebrox", None, "Zarniwoop Beeblebrox"]
    assert "Zarniwoop" not in str(list(book.store.all()))
    assert imported(book, later, COMPLAINTS).events == 0


def test_a_mapping_cannot_seal_what_the_case_rests_on_or_does_not_give() -> None:
    for name, words in (("who", "has no field 'who' here"), ("occurred_on", "rests on it")):
        text = COMPLAINTS.replace("confidential: complainant", f"confidential: [{name}]")
        text = text.replace("subject:", "occurred_on: '2020', subject:")
        with pytest.raises(Malformed, match=words):
            mapping_of(text)


def test_three_decimals_may_be_thousands_and_are_left_for_the_door_to_refuse(book: Book) -> None:
    mapping = """
case: "{{ id }}"
events:
  - type: fine_imposed
    id: f
    fields: {respondent: X, amount: "{{ sum | number | money('EUR') }}"}
"""
    report = imported(book, "id,sum\nx,3.000\ny,3.50\nz,3.0\n", mapping, dry_run=True)
    (refusal,) = report.refusals
    assert (refusal.line, "3.000 EUR has 3 decimals" in refusal.message) == (2, True)


def test_a_table_with_another_delimiter_is_known_by_its_one_column(book: Book) -> None:
    with pytest.raises(Malformed, match="has no column 'id'") as refusal:
        imported(book, "id;who;about\nx;y;z\n", COMPLAINTS)
    assert 'delimiter: ";"' in str(refusal.value.hint)


def test_what_a_later_edition_has_no_longer_of_a_case_is_told_and_stays(book: Book) -> None:
    mapping = """\
case: "{{ no }}"
events:
  - {type: case_opened, id: o, fields: {title: T, authority: A}}
  - type: fine_imposed
    id: f
    when: "{{ fine }}"
    changed: correct
    fields: {fine: F1, respondent: X, amount: "{{ fine | number | money('EUR') }}"}
"""
    imported(book, "no,fine\n1,100\n2,200\n", mapping)
    book.append([fact("note_added", "1", text="by hand")], by="clerk")
    report = imported(book, "no,fine\n1,\n2,200\n", mapping)
    assert (report.events, report.gone) == (0, ["#2 fine_imposed of 1"])
    assert cells(book, "select count(*) from fines where legal_status = 'imposed'") == [(2,)]


def test_what_was_refused_is_no_edition_of_the_list(book: Book, tmp_path: Path) -> None:
    mapping = """\
list: x-
case: "x-{{ no }}"
events:
  - type: case_opened
    id: o
    fields: {title: T, authority: A, occurred_on: "{{ day }}"}
"""
    rest = tmp_path / "rest.csv"
    table = "no,day\n1,2022-01-01\n2,2022-02-30\n"
    assert imported(book, table, mapping, continue_to=rest).refused == 1
    mended = rest.read_text(encoding="utf-8").replace("02-30", "02-28")
    report = imported(book, mended, mapping)
    assert (report.events, report.disappeared) == (1, [])
