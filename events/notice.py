"""What precedes a decision: the notice of what the authority intends, the answer, the hearing."""

from collections.abc import Iterator

from events.base import Event, Lines, Moment, Oddity
from events.case import Case
from events.debts import new_debt, owed_by, settle
from events.money import Money
from events.rows import Fine
from events.words import Line, Ref, Text


class NoticeOfIntentIssued(Event, name="notice_of_intent_issued"):
    """The authority announced what it intends. A proposed amount is in no balance."""

    assigned = {"fine": "F"}

    fine: Ref | None = None
    """The fine that would be imposed: its number, or F1, F2, … in order. Only with an amount."""
    respondent: Lines = ()
    """Who would be fined; all respondents of the case where left out."""
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
        if self.amount and case.fines(self.ref("fine", at)):
            yield Oddity("fine_known", f"fine {self.ref('fine', at)} is already in the case")
        if self.amount and not (self.respondent or case.respondents()):
            yield Oddity("nobody_addressed", "the case has no respondent; name one")

    def apply(self, case: Case, at: Moment) -> None:
        case.reached.add("notice")
        respondents = case.addressed(self.respondent)
        case.infringed(self.provisions, respondents, status="alleged", alleged_on=at.on)
        if not self.amount:
            return
        for name, parties in owed_by(respondents, joint=False):
            fine = Fine(
                fine_ref=self.ref("fine", at),
                kind="fine",
                respondent=name,
                currency=self.amount.currency,
                digits=at.digits[self.amount.currency],
                proposed_minor=at.minor(self.amount),
                proposed_max_minor=at.minor(self.amount_max) if self.amount_max else None,
                legal_status="proposed",
                document=self.document,
            )
            settle(case, new_debt(case, fine, parties))

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
