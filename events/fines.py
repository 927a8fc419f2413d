"""Fines: what somebody owes, what became of it, and who said that it was not paid."""

from collections.abc import Iterator
from typing import Literal

from events.base import Event, Lines, Moment, Oddity, spoken_type
from events.case import Case
from events.dates import Day, earliest
from events.debts import (
    AboutFine,
    currency_differs,
    impose,
    money_of,
    not_one_debt,
    owed_by,
    reinstate,
    settle,
    undo,
    vary,
)
from events.findings import decided_anew
from events.money import Money
from events.rows import Fine
from events.words import Line, Ref, Text


class FineImposed(Event, name="fine_imposed", assigned={"fine": "F"}):
    """A fine was imposed: a debt that exists in law, whether or not it can be collected yet. One
    that was sent back for a new decision may be imposed anew under its reference."""

    fine: Ref | None = None
    """The fine: its decision's number, e.g. SAN-2022-019, or F1, F2, … in order. A proposed fine
    keeps its reference."""
    respondent: Lines = ()
    """Who is fined; all respondents of the case where left out."""
    amount: Money
    """The amount, e.g. 20000000 EUR. With several liability each respondent owes it in full."""
    liability: Literal["several", "joint"] = "several"
    """several: each respondent owes the amount on its own; joint: they owe it together, once."""
    body: Line | None = None
    """Who imposed it, where it is not the authority as a whole."""
    due_on: Day | None = None
    """Last day to pay, as stated."""
    provision: Lines = ()
    """Provisions whose infringement it punishes; they count as found."""
    turnover: Money | None = None
    """Turnover that the ceiling was taken from."""
    needs_confirmation: bool = False
    """Whether the law asks for a court's confirmation before it can be collected (Ireland: Data
    Protection Act 2018, section 143)."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        ref = self.ref("fine", at)
        named = self.respondent or tuple(party.name for party in case.respondents())
        if not named:
            yield Oddity(
                "nobody_addressed", "nobody is fined: the case has no respondent; name one"
            )
        for name in dict.fromkeys(named):
            for fine in case.fines(ref, name):
                if fine.legal_status not in ("proposed", "remitted"):
                    yield Oddity(
                        "fine_known", f"fine {ref} was already imposed on {fine.respondent}"
                    )
                elif fine.kind != "fine":
                    yield Oddity(
                        "kind_differs", f"{ref} was proposed as a {spoken_type(fine.kind)}"
                    )
                elif fine.currency != self.amount.currency:
                    yield Oddity("currency_differs", f"fine {ref} is in {fine.currency}")

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if self.due_on and at.on and self.due_on < earliest(at.on):
            yield Oddity(
                "due_before_fine", f"the last day to pay, {self.due_on}, lies before the fine"
            )

    def apply(self, case: Case, at: Moment) -> None:
        ref, addressed = self.ref("fine", at), case.addressed(self.respondent)
        case.infringed(self.provision, addressed, status="found", found_on=at.on)
        for name, parties in owed_by(addressed, self.liability == "joint"):
            fine = case.of(Fine).get(f"{ref}/{name}")
            if fine is None and case.former_names and len(parties) == 1:
                fine = next(iter(case.fines(ref, name)), None)
            if fine is None:
                blank = Fine(
                    fine_ref=ref,
                    kind="fine",
                    respondent=name,
                    liability=self.liability if len(parties) > 1 else "several",
                    currency=self.amount.currency,
                    digits=at.digits[self.amount.currency],
                    legal_status="proposed",
                )
                fine = case.owe(blank, parties)
            if self.turnover:
                case.set(
                    fine,
                    turnover_minor=int(self.turnover.number.scaleb(fine.digits)),
                    turnover_currency=self.turnover.currency,
                )
            impose(
                case,
                fine,
                at.minor(self.amount),
                imposed_on=at.on,
                due_on=self.due_on,
                document=self.document,
                needs_confirmation=self.needs_confirmation,
                **self.dates(at),
            )
        decided_anew(case)

    def summary(self, at: Moment) -> str:
        joint = "jointly " if self.liability == "joint" and len(self.respondent) > 1 else ""
        whom = f" {joint}on {'; '.join(self.respondent)}" if self.respondent else ""
        return f"Fine {self.ref('fine', at)} of {self.amount} imposed{whom}"


class FineVaried(AboutFine, name="fine_varied"):
    """The authority itself changed the amount of a fine. A court's change is an
    `appeal_decided`."""

    amount: Money
    """The new amount."""
    reason: Text | None = None
    """Why, e.g. a discount for admission and early payment."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from super().objections(case, at)
        yield from currency_differs(case, self.fine, self.respondent, self.amount)

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        for fine in self.rows(case):
            if not fine.stands:
                yield Oddity(
                    "fine_not_in_force",
                    f"fine {self.fine} was {fine.legal_status} when it was varied",
                )

    def apply(self, case: Case, at: Moment) -> None:
        for fine in self.rows(case):
            vary(case, fine, at.minor(self.amount))

    def summary(self, at: Moment) -> str:
        return (
            f"Fine {self.fine} varied to {self.amount}{f': {self.reason}' if self.reason else ''}"
        )


class FineAnnulled(AboutFine, name="fine_annulled"):
    """The authority itself took a fine back. A court's annulment is an `appeal_decided`."""

    reason: Text | None = None
    """Why."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        for fine in self.rows(case):
            if not fine.stands:
                yield Oddity("fine_not_in_force", f"fine {self.fine} was already annulled")

    def apply(self, case: Case, at: Moment) -> None:
        for fine in self.rows(case):
            undo(case, fine, "annulled")

    def summary(self, at: Moment) -> str:
        return f"Fine {self.fine} annulled{f': {self.reason}' if self.reason else ''}"


class FineReinstated(AboutFine, name="fine_reinstated"):
    """The authority itself put an annulled fine in force again."""

    amount: Money | None = None
    """Its amount from now on; the one that it had before where left out."""
    reason: Text | None = None
    """Why."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from super().objections(case, at)
        if self.amount:
            yield from currency_differs(case, self.fine, self.respondent, self.amount)

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        for fine in self.rows(case):
            if fine.stands:
                yield Oddity(
                    "fine_in_force", f"fine {self.fine} is in force; there is nothing to reinstate"
                )

    def apply(self, case: Case, at: Moment) -> None:
        for fine in self.rows(case):
            reinstate(case, fine, at.minor(self.amount) if self.amount else None)

    def summary(self, at: Moment) -> str:
        return f"Fine {self.fine} reinstated{f' at {self.amount}' if self.amount else ''}"


class FineConfirmed(AboutFine, name="fine_confirmed"):
    """A court confirmed a fine, which can be collected from then on (Ireland: Data Protection Act
    2018, section 143)."""

    forum: Line | None = None
    """The court."""

    def apply(self, case: Case, at: Moment) -> None:
        for fine in self.rows(case):
            case.set(fine, needs_confirmation=False)
            settle(case, fine)

    def summary(self, at: Moment) -> str:
        return f"Fine {self.fine} confirmed{f' by {self.forum}' if self.forum else ''}"


class ChargeAdded(AboutFine, name="charge_added"):
    """Something was added to what is owed: a surcharge for delay, costs, interest."""

    kind: Literal["surcharge", "costs", "interest", "other"] = "surcharge"
    """What was added."""
    amount: Money
    """How much was added; not the new total."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from not_one_debt(case, at, self.fine, self.respondent)
        yield from currency_differs(case, self.fine, self.respondent, self.amount)

    def apply(self, case: Case, at: Moment) -> None:
        fine = self.rows(case)[0]
        case.set(fine, charges_minor=fine.charges_minor + at.minor(self.amount))
        settle(case, fine)

    def summary(self, at: Moment) -> str:
        return f"{self.kind.capitalize()} of {self.amount} added to fine {self.fine}"


class FineUnpaid(AboutFine, name="fine_unpaid"):
    """Somebody said that a fine was not paid, as of the day of this event. It says nothing of later
    days."""

    asserted_by: Line | None = None
    """Who said so."""
    note: Text | None = None
    """What was said."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        for fine in self.rows(case):
            if fine.payment_status in ("paid", "overpaid"):
                yield Oddity(
                    "unpaid_though_paid", f"fine {self.fine} is recorded as {fine.payment_status}"
                )

    def apply(self, case: Case, at: Moment) -> None:
        for fine in self.rows(case):
            if at.on and (
                fine.unpaid_as_of is None or earliest(fine.unpaid_as_of) <= earliest(at.on)
            ):
                case.set(fine, unpaid_as_of=at.on, unpaid_asserted_by=self.asserted_by)
                settle(case, fine)

    def summary(self, at: Moment) -> str:
        by = f", as {self.asserted_by} said" if self.asserted_by else ""
        return f"Fine {self.fine} unpaid as of {at.on or 'an unknown day'}{by}"


class FineWrittenOff(AboutFine, name="fine_written_off"):
    """The creditor gave up a debt, or a part of it, in the books. It does not count as paid."""

    amount: Money | None = None
    """How much was written off; all that is still owed where left out."""
    reason: Text | None = None
    """Why: uncollectible, limitation, insolvency."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from not_one_debt(case, at, self.fine, self.respondent)
        if self.amount:
            yield from currency_differs(case, self.fine, self.respondent, self.amount)

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        fine = self.rows(case)[0]
        if self.amount and at.minor(self.amount) > fine.balance_minor:
            balance = money_of(fine, fine.balance_minor)
            yield Oddity(
                "written_off_over_balance", f"only {balance} of fine {self.fine} is outstanding"
            )

    def apply(self, case: Case, at: Moment) -> None:
        fine = self.rows(case)[0]
        minor = at.minor(self.amount) if self.amount else max(0, fine.balance_minor)
        written_off = fine.written_off_minor + minor
        case.set(fine, written_off_minor=written_off)
        settle(case, fine)
        if fine.balance_minor <= 0:
            case.set(fine, recovery_status="written_off")

    def summary(self, at: Moment) -> str:
        how_much = f"{self.amount} of fine" if self.amount else "Fine"
        return f"{how_much} {self.fine} written off{f': {self.reason}' if self.reason else ''}"
