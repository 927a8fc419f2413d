"""What precedes a decision: the notice of what the authority intends, the answer, the hearing."""

from collections.abc import Iterator
from typing import Literal

from events.base import Event, Lines, Moment, Oddity
from events.case import Case
from events.debts import owed_by, proposals_differ
from events.money import Money
from events.rows import Fine, Party
from events.words import Line, Ref, Text


class NoticeOfIntentIssued(Event, name="notice_of_intent_issued", assigned={"fine": "F"}):
    """The authority announced what it intends. A proposed amount is in no balance; announced again
    under the same reference, it takes the place of the earlier one."""

    fine: Ref | None = None
    """The fine that would be imposed: its number, or F1, F2, … in order. Only with an amount."""
    respondent: Lines = ()
    """Who would be fined; all respondents of the case where left out."""
    kind: Literal["fine", "periodic_penalty"] = "fine"
    """periodic_penalty: what is to be liquidated of a penalty payment for delay."""
    liability: Literal["several", "joint"] = "several"
    """several: each respondent would owe the amount on its own; joint: together, once."""
    amount: Money | None = None
    """Amount proposed, e.g. 17000000 GBP; the lower end where a range is proposed."""
    amount_max: Money | None = None
    """Upper end of a proposed range, in the same currency."""
    provisions: Lines = ()
    """Provisions held to be infringed, e.g. GDPR Art. 6."""

    def unassigned(self) -> dict[str, str]:
        return super().unassigned() if self.amount else {}

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if self.amount and self.amount_max:
            if self.amount.currency != self.amount_max.currency:
                yield Oddity("currency_differs", "a range has one currency")
            elif self.amount_max.number < self.amount.number:
                yield Oddity("range_reversed", f"{self.amount_max} is below {self.amount}")
        if self.amount:
            ref = self.ref("fine", at)
            yield from proposals_differ(case, ref, self.kind, self.amount.currency)
        if self.amount and not (self.respondent or case.respondents()):
            yield Oddity("nobody_addressed", "the case has no respondent; name one")

    def apply(self, case: Case, at: Moment) -> None:
        case.reached.add("notice")
        respondents = case.addressed(self.respondent)
        case.infringed(self.provisions, respondents, status="alleged", alleged_on=at.on)
        if self.amount:
            for name, parties in owed_by(respondents, self.liability == "joint"):
                self._propose(case, at, self.amount, name, parties)

    def _propose(
        self, case: Case, at: Moment, amount: Money, name: str, parties: list[Party]
    ) -> None:
        ref = self.ref("fine", at)
        fine = case.of(Fine).get(f"{ref}/{name}")
        if fine is None:
            blank = Fine(
                fine_ref=ref,
                kind=self.kind,
                respondent=name,
                liability=self.liability if len(parties) > 1 else "several",
                currency=amount.currency,
                digits=at.digits[amount.currency],
                legal_status="proposed",
            )
            fine = case.owe(blank, parties)
        case.set(
            fine,
            proposed_minor=at.minor(amount),
            proposed_max_minor=at.minor(self.amount_max) if self.amount_max else None,
            document=self.document,
        )

    def summary(self, at: Moment) -> str:
        upper = f" to {self.amount_max}" if self.amount_max else ""
        amount = f": a fine of {self.amount}{upper} proposed" if self.amount else ""
        return f"Notice of intent issued{amount}"


class ResponseReceived(Event, name="response_received"):
    """Somebody answered the authority."""

    respondent: Line | None = None
    """Who answered."""
    subject: Text | None = None
    """What the answer says."""

    def summary(self, at: Moment) -> str:
        return f"Response received{f' from {self.respondent}' if self.respondent else ''}"


class HearingHeld(Event, name="hearing_held"):
    """A body heard the parties."""

    body: Line | None = None
    """Who held the hearing."""

    def summary(self, at: Moment) -> str:
        return f"Hearing held{f' before {self.body}' if self.body else ''}"
