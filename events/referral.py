"""Referral: the case passes from one body to another."""

from events.base import Event, Moment
from events.case import Case
from events.rows import Referral
from events.words import Line, Text


class ReferralMade(Event, name="referral_made"):
    """The case was handed over to another body: a sanctions committee, a court, another
    authority."""

    to: Line
    """To whom the case was referred."""
    from_body: Line | None = None
    """Who referred it; the authority of the case where left out."""
    reason: Text | None = None
    """Why."""

    def apply(self, case: Case, at: Moment) -> None:
        case.put(
            Referral(
                referred_on=at.on,
                from_body=self.from_body or case.row.authority,
                to_body=self.to,
                reason=self.reason,
            )
        )
        case.reached.add("sanction_procedure")

    def summary(self, at: Moment) -> str:
        return f"Case referred to {self.to}{f': {self.reason}' if self.reason else ''}"
