"""Events as clients propose them, in short."""

from typing import Any

from ledger.door import Proposed, proposed

CASE = "cnil-x"
SECRET = "Zoë Beeblebrox"

_ENVELOPE = ("event_id", "source", "confidence", "caused_by", "confidential")


def fact(type_name: str, case_id: str = CASE, **fields: Any) -> Proposed:
    """An event of a case, with its fields and those of its envelope."""
    envelope = {name: fields.pop(name) for name in _ENVELOPE if name in fields}
    return proposed(case_id, type_name, fields, **envelope)


def opened(case_id: str = CASE, **more: Any) -> Proposed:
    """The opening of a case of the CNIL."""
    fields = {"title": "T", "authority": "CNIL", "jurisdiction": "FR", "occurred_on": "2020-01-01"}
    return fact("case_opened", case_id, **(fields | more))


def fined(amount: str = "100 EUR", **more: Any) -> Proposed:
    """The fine F1 on X."""
    fields = {"fine": "F1", "respondent": "X", "amount": amount, "occurred_on": "2020-02-01"}
    return fact("fine_imposed", **(fields | more))


def remark(**more: Any) -> Proposed:
    """A statement of SECRET, whose name is sealed."""
    fields = {"speaker": SECRET, "text": "a story", "occurred_on": "2020-02-01"}
    return fact("statement_made", **({"confidential": ["speaker"]} | fields | more))


def note(text: str, **more: Any) -> Proposed:
    return fact("note_added", text=text, **more)
