"""What is printed: nothing in it commands a terminal, hides, or looks like what it is not."""

import io
import sys

import pytest
import typer

from ledger import terminal
from ledger.door import digits_of, proposed
from ledger.errors import Malformed, os_sentence


class Screen(io.StringIO):
    """A stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


ODD = "a\u202egnp\x1b[2J\tb\n"


def test_a_terminal_is_shown_the_codes_of_what_would_command_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, err = Screen(), Screen()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    terminal.put(ODD, end="")
    terminal.note(ODD)
    shown = "a<U+202E>gnp<U+001B>[2J\tb\n"
    assert (out.getvalue(), err.getvalue()) == (shown, f"{shown}\n")


def test_a_program_gets_the_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.put(ODD, end="")
    assert capsys.readouterr().out == ODD


@pytest.mark.parametrize("verb", ["verify", "backup", "publish", "export"])
def test_a_command_that_was_stopped_says_what_that_means(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command(verb)
    @app.command("other")
    def stopped() -> None:
        raise KeyboardInterrupt

    for name, told in ((verb, f"{terminal.STOPPED[verb]}\n"), ("other", "")):
        monkeypatch.setattr(sys, "argv", ["caseledger", name])
        assert terminal.run(app) == terminal.INTERRUPTED
        assert capsys.readouterr().err == told


@pytest.mark.parametrize("character", "\u200e\u200f\u202a\u202e\u2066\u2069")
def test_text_that_turns_the_direction_of_writing_is_refused(character: str) -> None:
    with pytest.raises(Malformed, match=r"^text: contains the invisible character U\+"):
        proposed("c", "note_added", {"text": f"paid {character}EUR 001"})
    with pytest.raises(Malformed, match="item"):
        proposed("c", "order_issued", {"item": ["delete", f"all{character}"]})


def test_other_scripts_and_joiners_are_words_like_any() -> None:
    for text in ("עברית", "日本語", "naïve café"):
        proposed("c", "note_added", {"text": text})


def test_both_readings_of_a_doubtful_amount_are_named() -> None:
    event = proposed("c", "fine_imposed", {"respondent": "X", "amount": "75.000 EUR"}).event
    with pytest.raises(Malformed) as refusal:
        digits_of(event)
    assert refusal.value.hint is not None
    assert "75,000 EUR" in refusal.value.hint
    assert "at most 2" in refusal.value.hint


@pytest.mark.parametrize(
    ("amount", "cure"),
    [
        ("1000.5 JPY", "the point begins the decimals: give none"),
        ("1000.500 JPY", "the point begins the decimals: give none"),
        ("0.005 EUR", "the point begins the decimals: give at most 2"),
        ("12.3456 EUR", "the point begins the decimals: give at most 2"),
        ("10.005 JPY", "if the point parts thousands, write 10,005 JPY; if it begins"),
    ],
)
def test_a_point_parts_thousands_only_before_three_digits(amount: str, cure: str) -> None:
    event = proposed("c", "fine_imposed", {"respondent": "X", "amount": amount}).event
    with pytest.raises(Malformed) as refusal:
        digits_of(event)
    assert (refusal.value.hint or "").startswith(cure)


def test_a_country_in_words_is_refused_with_codes_to_write() -> None:
    fields = {"title": "T", "authority": "A", "jurisdiction": "France"}
    words = "jurisdiction: 'France' is not a code of ISO 3166; write one like FR, or DE-HH, or EU"
    with pytest.raises(Malformed, match=words):
        proposed("c", "case_opened", fields)


def test_a_file_that_cannot_be_read_has_another_cure_than_one_that_is_not_there() -> None:
    missing = os_sentence(FileNotFoundError(2, "No such file or directory"), "a.yml")
    closed = os_sentence(PermissionError(13, "Permission denied"), "a.yml")
    assert missing.hint == "check the name; the folder must exist"
    assert closed.hint == "check who may read it, and who may write its folder"
