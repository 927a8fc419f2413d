"""Events as clients propose them, in short."""

from typing import Any

from ledger.door import Proposed, proposed

CASE = "cnil-x"

_ENVELOPE = ("event_id", "source", "confidence", "caused_by", "confidential")


def fact(type_name: str, case_id: str = CASE, **fields: Any) -> Proposed:
    """An event of a case, with its fields and those of its envelope."""
    envelope = {name: fields.pop(name) for name in _ENVELOPE if name in fields}
    return proposed(case_id, type_name, fields, **envelope)


def opened(case_id: str = CASE, **more: Any) -> Proposed:
    """The opening of a case of the CNIL."""
    fields = {"title": "T", "authority": "CNIL", "jurisdiction": "FR", "occurred_on": "2020-01-01"}
    return fact("case_opened", case_id, **(fields | more))
