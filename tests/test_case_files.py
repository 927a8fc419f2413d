"""Case files: what people write down, what is read from it, and the real cases that are shipped."""

from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from events.case import Case
from events.history import fold
from events.rows import Anomaly, Fine, Payment
from ledger.book import Book, create
from ledger.casefiles import SHIPPED, CaseFile, read
from ledger.entry import Entry
from ledger.errors import LedgerError, Malformed
from ledger.expectations import Expectation, unmet
from ledger.yamlfile import BYTES_MAX

CLEARVIEW = sorted(SHIPPED.glob("clearview/*.yml"))
COURSES = sorted(SHIPPED.glob("courses/*.yml"))

OPENED = "case: c\nevents:\n  - {type: case_opened, id: opened, title: T, authority: A}\n"

# Ledgers hold these ids already. Never edit a line.
GOLDEN_IDS = {
    "18bf5032-5d92-5e41-b071-c21cfb30d971": ("cnil-clearview", "case_opened"),
    "04b5be0c-2b05-5bac-bcb7-cab927ebffcb": ("cnil-clearview", "fine_imposed"),
    "3a496367-55ad-59b1-80ca-d562edb5ca6e": ("cnil-clearview", "event_corrected"),
    "fa8df9d9-2507-5481-bc1f-c4f653cf6289": ("ico-clearview", "appeal_decided"),
    "60fe3ff7-d2d1-5144-ac55-2d742682476d": ("imy-police", "fine_imposed"),
    "49402c19-be47-5f25-a77f-8f54e6e89488": ("cnpd-amazon", "stay_granted"),
    "60939ad7-e3e2-5d0d-9c81-24b23db1e2f4": ("dsb-austrian-post-2021", "fine_imposed"),
}


def recorded(case: CaseFile) -> list[Entry]:
    """The events of a case as a ledger that holds nothing else records them, one by one."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        create(path, "a case file")
        with Book(path) as book, book.writing():
            for proposal in case.proposals:
                book.append([proposal], by="test", admit=True)
            return book.entries(case.case_id)


def come_to(case: CaseFile, known: list[Entry], expected: Expectation | None = None) -> Case:
    """The case as an expectation looks at it; as it stands today where there is none."""
    if expected and expected.known_with:
        last = next(entry.position for entry in known if entry.event_id == expected.known_with)
        known = known[:last]
    return fold(case.case_id, known, expected.as_of if expected else None)


def only(text: str) -> CaseFile:
    """The one case of a text."""
    (case,) = read(text)
    return case


def told(text: str) -> str:
    """What is wrong with a text."""
    with pytest.raises(Malformed) as refused:
        read(text, "cases/x.yml")
    return refused.value.message


def fines(path: Path) -> list[Fine]:
    """The fines of a shipped case as they stand today."""
    return [fine for case in read(path) for fine in come_to(case, recorded(case)).of(Fine).values()]


def test_twenty_one_files_of_real_cases_are_shipped() -> None:
    assert (len(CLEARVIEW), len(COURSES)) == (7, 14)


@pytest.mark.parametrize("path", CLEARVIEW + COURSES, ids=lambda path: path.stem)
def test_a_shipped_case_comes_to_all_that_its_file_expects(path: Path) -> None:
    for case in read(path):
        known = recorded(case)
        problems = [
            problem
            for expected in case.expectations
            for problem in unmet(come_to(case, known, expected), expected)
        ]
        assert problems == []
        assert case.expectations, "a shipped case says what it must come to"


@pytest.mark.parametrize("path", CLEARVIEW + COURSES, ids=lambda path: path.stem)
def test_every_event_of_a_shipped_case_names_its_source_and_how_far_it_can_be_trusted(
    path: Path,
) -> None:
    bare = [
        f"line {line}"
        for case in read(path)
        for proposal, line in zip(case.proposals, case.lines, strict=True)
        if not (proposal.source and proposal.confidence)
    ]
    assert bare == []


@pytest.mark.parametrize("path", CLEARVIEW, ids=lambda path: path.stem)
def test_nothing_odd_stands_in_the_cases_of_clearview_after_any_of_their_events(path: Path) -> None:
    (case,) = read(path)
    known = recorded(case)
    odd = [
        f"line {line}: {anomaly.message}"
        for count, line in enumerate(case.lines, start=1)
        for anomaly in fold(case.case_id, known[:count]).of(Anomaly).values()
    ]
    assert odd == []


@pytest.mark.parametrize("path", CLEARVIEW + COURSES, ids=lambda path: path.stem)
def test_reading_a_shipped_file_again_gives_the_same_events(path: Path) -> None:
    assert read(path) == read(path)


def test_no_two_shipped_events_have_one_id_and_ids_never_change() -> None:
    shipped = [
        proposal
        for path in CLEARVIEW + COURSES
        for case in read(path)
        for proposal in case.proposals
    ]
    by_id = {proposal.event_id: (proposal.case_id, proposal.event.type) for proposal in shipped}
    assert len(by_id) == len(shipped)
    assert {event_id: by_id.get(event_id) for event_id in GOLDEN_IDS} == GOLDEN_IDS


def test_the_fines_on_clearview_are_four_in_euro_and_one_in_pounds_and_nobody_paid() -> None:
    imposed = [
        fine
        for path in CLEARVIEW
        for fine in fines(path)
        if fine.respondent == "Clearview AI, Inc." and fine.stands
    ]
    totals: Counter[tuple[str, str]] = Counter()
    for fine in imposed:
        totals[fine.kind, fine.currency] += fine.balance_minor
    assert totals == {
        ("fine", "EUR"): 90_500_000_00,
        ("fine", "GBP"): 7_552_800_00,
        ("periodic_penalty", "EUR"): 5_200_000_00,
    }
    assert len([fine for fine in imposed if (fine.kind, fine.currency) == ("fine", "EUR")]) == 4
    assert [fine.paid_minor for fine in imposed if fine.paid_minor] == []
    assert not any(
        come_to(case, recorded(case)).of(Payment) for path in CLEARVIEW for case in read(path)
    )


def test_the_swedish_fine_is_that_of_the_police_and_not_clearviews() -> None:
    (fine,) = fines(SHIPPED / "clearview" / "imy.yml")
    assert (fine.respondent, fine.currency, fine.balance_minor) == (
        "Polismyndigheten (Swedish Police Authority)",
        "SEK",
        2_500_000_00,
    )


def test_no_is_norway_and_dates_and_numbers_stay_as_they_are_written() -> None:
    case = only(
        "case: 2022-10\n"
        "events:\n"
        "  - {type: case_opened, id: 1, title: 1e3, authority: yes, jurisdiction: NO}\n"
    )
    assert case.case_id == "2022-10"
    assert case.proposals[0].event.model_dump(exclude_none=True) == {
        "title": "1e3",
        "authority": "yes",
        "jurisdiction": "NO",
    }


def test_only_true_and_false_are_yes_and_no_and_only_null_is_nothing() -> None:
    case = only(
        OPENED
        + "  - {type: decision_published, id: a, anonymised: true, url: ~, document: 'null'}\n"
        + "  - {type: decision_published, id: b, anonymised: false, url: null, document: Null}\n"
    )
    published = [p.event.model_dump() for p in case.proposals[1:]]
    assert [event["anonymised"] for event in published] == [True, False]
    assert [event["url"] for event in published] == [None, None]
    assert [event["document"] for event in published] == ["null", "Null"]


def test_an_id_names_an_earlier_event_and_its_type_tells_two_of_one_id_apart() -> None:
    case = only(
        OPENED
        + "  - {type: investigation_opened, id: opened, caused_by: case_opened/opened}\n"
        + "  - {type: event_withdrawn, id: w, target: investigation_opened/opened, reason: R}\n"
    )
    opened, investigation, withdrawal = case.proposals
    assert investigation.caused_by == opened.event_id
    assert withdrawal.event.model_dump()["target"] == investigation.event_id


def test_an_event_without_a_source_of_its_own_has_that_of_the_file() -> None:
    case = only(
        "case: c\nsource: the file\nconfidence: B\nevents:\n"
        "  - {type: note_added, id: a, text: T}\n"
        "  - {type: note_added, id: b, text: T, source: its own, confidence: A}\n"
    )
    assert [(p.source, p.confidence) for p in case.proposals] == [
        ("the file", "B"),
        ("its own", "A"),
    ]


def test_several_cases_in_one_file_are_parted_by_a_line() -> None:
    cases = read(OPENED + "---\n" + OPENED.replace("case: c", "case: d") + "---\n")
    assert [case.case_id for case in cases] == ["c", "d"]
    assert [case.lines for case in cases] == [[3], [7]]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "holds no case; begin with `case:` and its name"),
        ("events: []\n", 1, "the case file has no `case:`"),
        ("case: c\n", 1, "the case file has no `events:`"),
        ("case: c\nevent: []\n", 2, "no key 'event'; did you mean events?"),
        ("case: c\ncase: d\nevents: []\n", 2, "has 'case' twice; keep one of them"),
        ("- case: c\n", 1, "is written as lines `key: value`, not as a list"),
        ("case: c\nevents: {}\n", 2, "events is a list, each part after `- `"),
        ("case: c\nevents: []\n---\ncase: c\nevents: []\n", 4, "has the case c twice"),
        ("case: c\nevents:\n\t- type: x\n", 3, "a tab stands where only blanks can"),
        ("case: c\nevents: [\n", 3, "expected"),
        ("case: c\nsource: a: b\nevents: []\n", 2, "put quotes around a text that contains"),
        ("case: &c c\nevents: []\n", 1, "anchors and aliases (& and *) are not read"),
        ("case: !!str c\nevents: []\n", 1, "tags (!) are not read"),
        ("case: c\nevents: " + "[" * 100, 2, "more than 20 levels inside each other"),
        ("case: c\nsource: \x07\nevents: []\n", 2, "unprintable character U+0007; remove it"),
        ('case: "\\UFFFFFFFF"\nevents: []\n', 1, "an escape that means no character"),
        ('case: "\\ud800"\nevents: []\n', 1, "unprintable character U+D800"),
        ("case: c\nconfidence:\nevents: []\n", 2, "confidence is empty"),
        (OPENED + "  - {id: x}\n", 4, "the event has no `type:`, like fine_imposed"),
        (OPENED + "  - {type: fine_impsed, id: x}\n", 4, "did you mean fine_imposed?"),
        (OPENED + "  - {type: note_added, text: T}\n", 4, "the note_added has no `id:`"),
        (
            OPENED + "  - {type: case_opened, id: opened}\n",
            4,
            "id: 'opened' is an earlier case_opened; give this one another",
        ),
        (
            OPENED + "  - type: note_added\n    id: x\n    txt: T\n",
            6,
            "there is no field 'txt'; did you mean text?",
        ),
        (
            OPENED + "  - type: note_added\n    id: x\n    text: T\n    occurred_on: 2022-02-30\n",
            7,
            "occurred_on: '2022-02-30': that month has 28 days",
        ),
        (
            OPENED + "  - {type: note_added, id: x, text: T, confidence: Z}\n",
            4,
            "confidence: 'Z' is not one of A",
        ),
        (
            OPENED + "  - {type: note_added, id: x, text: T, caused_by: openned}\n",
            4,
            "caused_by: no earlier event of the case has the id 'openned'; did you mean opened?",
        ),
        (
            OPENED + "  - {type: event_withdrawn, id: x, target: later, reason: R}\n",
            4,
            "target: no earlier event of the case has the id 'later'; give the `id:` of an event",
        ),
        (
            OPENED
            + "  - {type: investigation_opened, id: opened}\n"
            + "  - {type: event_withdrawn, id: x, target: opened, reason: R}\n",
            5,
            "write case_opened/opened or investigation_opened/opened",
        ),
        (
            OPENED + "  - {type: event_corrected, id: x, target: opened, changes: {titel: U}}\n",
            4,
            "case_opened has no field 'titel'; did you mean title?",
        ),
        (
            OPENED + "  - {type: fine_imposed, id: x, amount: 5 EUX}\n",
            4,
            "there is no currency EUX",
        ),
        (OPENED + "expect:\n  - {}\n", 5, "nothing is expected here; give `that:` or `none:`"),
        (OPENED + "expect:\n  - none: [fine]\n", 5, "no table 'fine'; did you mean fines?"),
        (
            OPENED + "expect:\n  - that:\n      fines.F1.balanse: 1 EUR\n",
            6,
            "fines has no column 'balanse'; did you mean balance_minor?",
        ),
        (
            OPENED + "expect:\n  - that: {orders.status: active}\n",
            5,
            "a place is table, ref and column, like orders.O1.status",
        ),
        (
            OPENED + "expect:\n  - {as_of: 2022-02, none: [fines]}\n",
            5,
            "as_of: '2022-02' does not name a day",
        ),
        (
            OPENED + "expect:\n  - {known_at: soon, none: [fines]}\n",
            5,
            "known_at: 'soon' means no event of the case",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(
    text: str, line: int | None, words: str
) -> None:
    message = told(text)
    assert message.startswith(f"cases/x.yml, line {line}: " if line else "cases/x.yml ")
    assert words in message


def test_what_a_file_is_wrong_about_is_also_there_for_programs() -> None:
    with pytest.raises(Malformed) as refused:
        read(OPENED + "  - {type: note_added, text: T}\n", "cases/x.yml")
    assert refused.value.facts == {"file": "cases/x.yml", "line": 4}
    assert refused.value.hint


def test_a_folder_is_no_case_file(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="is a folder; name the files in it"):
        read(tmp_path)


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"none\.yml: no such file or directory"):
        read(tmp_path / "none.yml")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_is_told_with_the_line(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.yml"
    file.write_bytes(OPENED.replace("title: T", "title: Förvaltningsrätten").encode(encoding))
    with pytest.raises(Malformed, match=r"x\.yml, line \d: .*not in UTF-8"):
        read(file)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_bytes(b"\xef\xbb\xbf" + OPENED.encode())
    assert [case.case_id for case in read(file)] == ["c"]


# fmt: off
PIECES = some.sampled_from([
    "case: c\n", "events:\n", "  - ", "type: case_opened\n", "id: ", "expect:\n", "that: ",
    "none: [", "{", "}", "[", "]", ": ", "\n", "&a ", "*a", "!!int ", "|\n", "'", '"', "#", "---\n",
    "? ", "\t", "%YAML 1.1\n", "\\", "<<: ", "~", "\x00", "\x85", "\u2028", "\ufeff",
    '"\\ud800"', "`",
])
# fmt: on


@given(some.lists(PIECES | some.text(max_size=3), max_size=25).map("".join))
def test_whatever_stands_in_a_file_it_is_read_or_refused_in_a_sentence(text: str) -> None:
    with suppress(Malformed):
        read(text)


@pytest.fixture(scope="module")
def fined() -> Case:
    """A case with two fines, one of them not yet published."""
    case = only(
        OPENED
        + "  - {type: fine_imposed, id: a, fine: F.1, respondent: 'X, Inc.', amount: 20.50 EUR}\n"
        + "  - {type: fine_imposed, id: b, fine: F.1, respondent: Y, amount: 9 EUR}\n"
        + "  - {type: referral_made, id: c, to: the court}\n"
        + "  - {type: payment_received, id: d, fine: F.1, respondent: Y, amount: 10 EUR}\n"
    )
    return come_to(case, recorded(case))


def expecting(**said: Any) -> Expectation:
    return Expectation(file="cases/x.yml", line=7, **said)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("cases.stage", "decided"),
        ("cases.c.title", "T"),
        ("fines.F.1/X, Inc..balance", "20.5 EUR"),
        ("fines.F.1/X, Inc..balance", "20.50 EUR"),
        ("fines.F.1/X, Inc..balance_minor", "2050"),
        ("fines.F.1/Y.balance", "-1 EUR"),
        ("fines.F.1/Y.enforceable", True),
        ("fines.F.1/Y.enforceable", "1"),
        ("fines.F.1/Y.published_on", None),
        ("fines.F.1/Y.proposed", None),
        ("referrals.1.to_body", "the court"),
        ("anomalies.1.code", "payment_over_balance"),
        ("payments.P1.amount", "10.00 EUR"),
    ],
)
def test_an_expectation_that_holds_is_met(fined: Case, place: str, value: Any) -> None:
    assert unmet(fined, expecting(that={place: value})) == []


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("cases.stage", "closed", "should be closed, and is decided"),
        ("fines.F.1/Y.balance", "1 EUR", "should be 1 EUR, and is -1 EUR"),
        ("fines.F.1/Y.balance", "-1 GBP", "should be -1 GBP, and is -1 EUR"),
        ("fines.F.1/Y.balance", "nothing", "should be nothing, and is -1 EUR"),
        ("fines.F.1/Y.balance", None, "should be empty, and is -1 EUR"),
        ("fines.F.1/Y.proposed", "0 EUR", "should be 0 EUR, and is empty"),
        ("fines.F.1/Y.enforceable", False, "should be false, and is true"),
        ("fines.F.1/Y.published_on", "2022", "should be 2022, and is empty"),
        ("fines.F.1.kind", "fine", "means several rows; the rows of fines are: F.1/X, Inc., F.1/Y"),
        ("fines.F2.kind", "fine", "is not there; the rows of fines are: F.1/X, Inc., F.1/Y"),
        ("orders.O1.status", "active", "is not there; the rows of orders are: none"),
        ("referrals.2.to_body", "the court", "is not there; the rows of referrals are: 1"),
    ],
)
def test_an_expectation_that_fails_says_what_stands(
    fined: Case, place: str, value: Any, words: str
) -> None:
    expected = expecting(that={place: value}, lines={place: 9})
    assert unmet(fined, expected) == [f"cases/x.yml, line 9: {place} {words}"]


def test_what_must_not_be_there_and_is_is_named(fined: Case) -> None:
    assert unmet(fined, expecting(none=("orders", "fines.F2", "fines.F.1/Z"))) == []
    assert unmet(fined, expecting(none=("fines.F.1",), as_of="2022-03-01")) == [
        "cases/x.yml, line 7: there should be no fines.F.1 as of 2022-03-01, "
        "and there is F.1/X, Inc., F.1/Y"
    ]


def test_a_file_that_is_too_long_for_yaml_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.yml"
    with path.open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    with pytest.raises(Malformed, match="has more than 16 MB") as refusal:
        read(path)
    assert "lines of JSON" in str(refusal.value.hint)
