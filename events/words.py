"""Words as the record holds them: one line, several lines, the name of a case, a reference."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

LINE_CHARACTERS_MAX = 2_000
TEXT_CHARACTERS_MAX = 40_000
NAME_CHARACTERS_MAX = 200

_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}


def _clean(text: str, allowed: str, refused: set[str]) -> str:
    """`text` in Unicode normal form C without outer blanks; raises ValueError on what no page can
    show."""
    # Most text has nothing to refuse, and Python can say so without a look at each character.
    for character in "" if text.isprintable() else text:
        if unicodedata.category(character) in refused and character not in allowed:
            raise ValueError(
                f"contains the unprintable character U+{ord(character):04X}; remove it"
            )
    cleaned = unicodedata.normalize("NFC", text).strip()
    if not cleaned:
        raise ValueError("is empty; give it a value or leave it out")
    return cleaned


TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of writing: text with them is not what it looks like."""


def line(text: str) -> str:
    """One line of text: printable, trimmed, not empty. Raises ValueError otherwise."""
    return _clean(text, "", _UNPRINTABLE)


def text(value: str) -> str:
    """Text that may run over several lines. Raises ValueError on other control characters."""
    return _clean(value.replace("\r\n", "\n"), "\n\t", _UNPRINTABLE)


def name(value: str) -> str:
    """A name that others refer to: as `line`, and without invisible characters. Raises
    ValueError."""
    return _clean(value, "", _UNPRINTABLE | {"Cf"})


def slug(value: str) -> str:
    """`value` as a ledger-wide reference: lower case, accents dropped, joined by hyphens.

    >>> slug("Clearview AI, Inc.")
    'clearview-ai-inc'
    """
    plain = unicodedata.normalize("NFKD", value.casefold())
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return "-".join(kept.split()) or "unnamed"


Line = Annotated[str, StringConstraints(max_length=LINE_CHARACTERS_MAX), AfterValidator(line)]
"""One line of printable text, at most 2,000 characters."""

Text = Annotated[str, StringConstraints(max_length=TEXT_CHARACTERS_MAX), AfterValidator(text)]
"""Printable text, line breaks allowed, at most 40,000 characters."""

CaseId = Annotated[str, StringConstraints(max_length=NAME_CHARACTERS_MAX), AfterValidator(name)]
"""Name of a case within the ledger, at most 200 characters."""

Ref = Annotated[str, StringConstraints(max_length=NAME_CHARACTERS_MAX), AfterValidator(name)]
"""Reference within a case (F1, O1, D1 or the document's own number), at most 200 characters."""

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
"""ISO 3166 code: a country (`FR`), a part of one (`DE-HH`), or `EU`."""

COUNTRY_FIELDS = ("jurisdiction", "country", "calendar")
"""The fields of events that hold such a code."""
