"""The options of `append` and `correct`, made from the models."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from events.base import CATALOGUE, Event
from ledger.errors import Malformed
from ledger.forms import blanks, corrections, first_sentence, in_options, topics, type_named
from ledger.options import TAKEN
from ledger.printing import aligned, fitted
from tests.sessions import Run


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=CATALOGUE)
def test_every_field_has_one_option_that_means_nothing_else(kind: type[Event]) -> None:
    for form, names in (
        (blanks(kind, TAKEN), set(kind.model_fields)),
        (
            corrections(kind, TAKEN | {"--reason", "--blank"}),
            set(kind.model_fields) - {"target"} | {"source", "confidence"},
        ),
    ):
        options = [blank.option for blank in form]
        assert len(set(options)) == len(options)
        assert not set(options) & TAKEN
        assert {blank.name for blank in form} == names
        assert all(blank.meaning for blank in form)


def test_a_field_called_like_an_option_is_called_after_its_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class StayAsked(Event):
        """Somebody asked for a stay."""

        by: str
        """Who asked."""

    monkeypatch.setattr(StayAsked, "type", "stay_asked", raising=False)
    assert blanks(StayAsked, TAKEN)[0].option == "--asked-by"
    assert corrections(StayAsked, TAKEN)[0].option == "--new-by"


def test_a_form_says_what_may_be_given() -> None:
    form = {blank.name: blank for blank in blanks(CATALOGUE["fine_imposed"], TAKEN)}
    assert form["liability"].choices == ("several", "joint")
    assert "One of: several, joint. [default: several]" in form["liability"].help
    assert (form["amount"].metavar, form["amount"].is_required) == ("AMOUNT", True)
    assert form["amount"].help.endswith("[required]")
    assert form["respondent"].is_several
    assert form["needs_confirmation"].is_flag
    assert [form[name].metavar for name in ("occurred_on", "due_on", "fine")] == [
        "DATE",
        "DATE",
        "REF",
    ]
    order = {blank.name: blank for blank in blanks(CATALOGUE["order_issued"], TAKEN)}
    assert order["within"].metavar == "PERIOD"
    assert {blank.name: blank for blank in blanks(CATALOGUE["event_corrected"], TAKEN)}[
        "changes"
    ].is_json


def test_every_type_has_a_topic_and_a_sentence() -> None:
    assert [kind.type for kinds in topics().values() for kind in kinds] == list(CATALOGUE)
    for kind in CATALOGUE.values():
        sentence = first_sentence(kind)
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "\n" not in sentence


def test_a_type_is_found_with_hyphens_too_and_a_slip_gets_advice() -> None:
    assert type_named("fine-imposed") is type_named("fine_imposed") is CATALOGUE["fine_imposed"]
    with pytest.raises(Malformed, match="did you mean fine_imposed"):
        type_named("fine-imposd")


def test_messages_speak_of_options_at_their_head_and_nowhere_else() -> None:
    form = blanks(CATALOGUE["fine_imposed"], TAKEN)
    told = "occurred_on: '2022-13': there is no month 13; amount is missing: The amount: fine"
    assert in_options(told, form) == (
        "--occurred-on: '2022-13': there is no month 13; --amount is missing: The amount: fine"
    )
    assert in_options("there is no field 'x'; did you mean fine?", form) == (
        "there is no field 'x'; did you mean --fine?"
    )
    assert in_options("provision.0: is empty", form) == "--provision: is empty"


@given(some.lists(some.text(alphabet="ab ", max_size=200), max_size=5))
def test_what_is_piped_is_never_cut_or_folded(lines: list[str]) -> None:
    assert fitted(lines, None).split("\n") == (lines or [""])


@given(some.lists(some.text(alphabet="abc", min_size=1, max_size=30), min_size=1, max_size=60))
def test_what_is_folded_for_a_terminal_fits_and_loses_no_word(words: list[str]) -> None:
    told = fitted([" ".join(words)], 60)
    assert told.split() == words
    assert all(len(line) <= 60 for line in told.split("\n"))


def test_columns_stand_under_each_other() -> None:
    assert aligned([("1", "a", "x"), ("10", None, "y")]) == ["1   a  x", "10     y"]
    assert aligned([]) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"--text {'x' * 40_001}", "--text: 40,001 characters are too many, 40,000 are the most"),
        (f"--text x --document {'y' * 2_001}", "--document: 2,001 characters are too many, 2,000"),
    ],
)
def test_a_text_that_is_too_long_is_refused_with_its_length(
    run: Run, line: str, words: str
) -> None:
    run("init")
    ran = run(f"append note-added c {line}")
    assert (ran.code, words in ran.err) == (2, True), ran.err
    assert "; shorten it, or cite the document that has it" in ran.err
