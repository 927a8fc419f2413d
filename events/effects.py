"""What a judgment makes of each fine and order, as people write it."""

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from events.money import Money
from events.words import Line, Ref

_EFFECT = re.compile(
    r"(?P<act>fine|order) (?P<ref>.+?) (?P<outcome>kept|varied|annulled|reinstated)"
    r"(?: (?:to )?(?P<amount>\d.*))?",
    re.ASCII,
)


class Effect(BaseModel):
    """What becomes of one fine or order."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    fine: Ref | None = None
    """The fine."""
    order: Ref | None = None
    """The order, where it is not a fine."""
    respondent: Line | None = None
    """Whose fine, where several owe one each."""
    outcome: Literal["kept", "varied", "annulled", "reinstated"]
    """What becomes of it."""
    amount: Money | None = None
    """The new amount of a fine that is varied, or of one reinstated with another amount."""

    @model_validator(mode="after")
    def _one_act(self) -> Self:
        if (self.fine is None) == (self.order is None):
            raise ValueError("an effect names either a fine or an order")
        if self.order and self.amount:
            raise ValueError("an order has no amount")
        if self.fine and self.outcome == "varied" and not self.amount:
            raise ValueError("a fine that is varied needs its new amount")
        return self


def _effect(written: object) -> object:
    """Read `fine F1 varied 900000 EUR` or `order O1 annulled` as an effect."""
    if not isinstance(written, str):
        return written
    match = _EFFECT.fullmatch(written.strip())
    if not match:
        raise ValueError(
            f"{written!r} is not an effect; write it like 'fine F1 annulled', "
            "'fine F1 varied 900000 EUR' or 'order O1 kept'"
        )
    told = {match["act"]: match["ref"], "outcome": match["outcome"]}
    return told | ({"amount": match["amount"]} if match["amount"] else {})


EffectOrLine = Annotated[Effect, BeforeValidator(_effect, json_schema_input_type=Effect | str)]
"""An effect, also as a line of text."""
