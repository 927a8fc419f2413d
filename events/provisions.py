"""Provisions of the GDPR as people write them, and the one form by which they are known."""

import re
from functools import lru_cache

_LAWS = (
    ("UK GDPR", re.compile(r"\bUK[ -]GDPR\b", re.I)),
    ("GDPR", re.compile(r"\b(?:GDPR|RGPD|DS-?GVO)\b|(?:Regulation )?\(EU\) 2016/679", re.I)),
)
_ARTICLE = re.compile(
    r"(?P<word>art(?:icle|ikel|\.)?)?\s*(?P<number>[1-9]\d?)"
    r"(?P<parts>(?:\s*\(\s*(?:\d{1,2}|[a-z])\s*\)|\s+[a-z])*)",
    re.I | re.ASCII,
)
_AROUND = re.compile(r"^[\s,]+|[\s,]+(?:of|of the|du|de la|der)?[\s,]*$", re.I)


@lru_cache(maxsize=4096)
def known_as(stated: str, regime: str | None) -> str:
    """The form by which a provision is known: `GDPR Art. 5(1)(a)` however that is written. What is
    not one article of the GDPR beyond doubt stays as it is; an article without its law is one of
    the GDPR where the case is decided under that alone.

    >>> known_as("Article 5 (1) a", "GDPR"), known_as("GDPR 5(1)(a)", None)
    ('GDPR Art. 5(1)(a)', 'GDPR Art. 5(1)(a)')
    """
    law, rest = _law_in(stated)
    match = _ARTICLE.fullmatch(_AROUND.sub("", rest))
    if law is None and match and match["word"] and regime:
        law, beside = _law_in(regime)
        law = None if beside.strip() else law
    if law is None or match is None:
        return stated
    parts = re.findall(r"\w+", match["parts"])
    return f"{law} Art. {match['number']}" + "".join(f"({part.lower()})" for part in parts)


def _law_in(text: str) -> tuple[str | None, str]:
    """The law that a text names, and the text without that."""
    for law, named in _LAWS:
        if named.search(text):
            return law, named.sub(" ", text, count=1)
    return None, text
