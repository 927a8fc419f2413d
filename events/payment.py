"""Payment: money that came in, went back, is to come by instalments, or is being collected."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from events.base import Moment, Oddity, several
from events.case import Case
from events.dates import Day
from events.debts import AboutFine, currency_differs, money_of, not_one_debt, settle
from events.money import Money
from events.rows import Instalment, Payment
from events.words import Line, Ref, Text


class PaymentReceived(AboutFine, name="payment_received", assigned={"payment": "P"}):
    """Money was paid on a fine."""

    payment: Ref | None = None
    """The payment: P1, P2, … in order where left out."""
    amount: Money
    """Amount received."""
    payer: Line | None = None
    """Who paid, where it was somebody else."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from not_one_debt(case, at, self.fine, self.respondent)
        yield from currency_differs(case, self.fine, self.respondent, self.amount)
        yield from payment_known(case, self.ref("payment", at))

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        fine = self.rows(case)[0]
        if at.minor(self.amount) > fine.balance_minor:
            balance = money_of(fine, max(0, fine.balance_minor))
            yield Oddity(
                "payment_over_balance",
                f"only {balance} of fine {self.fine} is outstanding, and {self.amount} was paid",
            )

    def apply(self, case: Case, at: Moment) -> None:
        fine, minor = self.rows(case)[0], at.minor(self.amount)
        case.put(
            Payment(
                payment_ref=self.ref("payment", at),
                kind="payment",
                fine_ref=self.fine,
                respondent=fine.respondent,
                currency=fine.currency,
                digits=fine.digits,
                amount_minor=minor,
                received_on=at.on,
            )
        )
        case.set(fine, paid_minor=fine.paid_minor + minor)
        settle(case, fine)

    def summary(self, at: Moment) -> str:
        return f"{self.amount} paid on fine {self.fine}{f' by {self.payer}' if self.payer else ''}"


class PaymentRefunded(AboutFine, name="payment_refunded", assigned={"payment": "P"}):
    """Money that had been paid on a fine was returned."""

    payment: Ref | None = None
    """The refund: P1, P2, … in order where left out."""
    amount: Money
    """Amount returned, without interest."""
    interest: Money | None = None
    """Interest that the authority paid with it; it is in no balance."""
    reason: Text | None = None
    """Why."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from not_one_debt(case, at, self.fine, self.respondent)
        for money in (self.amount, self.interest):
            if money:
                yield from currency_differs(case, self.fine, self.respondent, money)
        yield from payment_known(case, self.ref("payment", at))

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        fine = self.rows(case)[0]
        kept = fine.paid_minor - fine.refunded_minor
        if at.minor(self.amount) > kept:
            yield Oddity(
                "refund_over_payments",
                f"only {money_of(fine, max(0, kept))} paid on fine {self.fine} could be returned",
            )

    def apply(self, case: Case, at: Moment) -> None:
        fine, minor = self.rows(case)[0], at.minor(self.amount)
        case.put(
            Payment(
                payment_ref=self.ref("payment", at),
                kind="refund",
                fine_ref=self.fine,
                respondent=fine.respondent,
                currency=fine.currency,
                digits=fine.digits,
                amount_minor=minor,
                interest_minor=at.minor(self.interest) if self.interest else None,
                received_on=at.on,
            )
        )
        case.set(fine, refunded_minor=fine.refunded_minor + minor)
        settle(case, fine)

    def summary(self, at: Moment) -> str:
        interest = f" with {self.interest} of interest" if self.interest else ""
        return f"{self.amount} refunded on fine {self.fine}{interest}"


def payment_known(case: Case, ref: str) -> Iterator[Oddity]:
    """The objection to a payment whose reference is taken."""
    if ref in case.of(Payment):
        yield Oddity("payment_known", f"payment {ref} is already in the case")


_PART = re.compile(r"(?P<due_on>\d{4}-\d{2}-\d{2})\s+(?P<amount>.+)", re.ASCII)


def _part(written: object) -> object:
    """Read `2021-10-31 5000000 GBP` as an instalment."""
    if not isinstance(written, str):
        return written
    match = _PART.fullmatch(written.strip())
    if not match:
        raise ValueError(f"{written!r} is not an instalment; write it like 2021-10-31 5000000 GBP")
    return match.groupdict()


class Part(BaseModel):
    """One instalment of a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    due_on: Day | None = None
    """Last day to pay it."""
    amount: Money
    """How much."""


PartOrLine = Annotated[Part, BeforeValidator(_part, json_schema_input_type=Part | str)]
"""An instalment, also as a line of text."""


class PaymentPlanAgreed(AboutFine, name="payment_plan_agreed"):
    """It was agreed that a fine is paid in instalments. A new plan takes the place of an earlier
    one."""

    instalment: Annotated[
        tuple[PartOrLine, ...],
        BeforeValidator(several, json_schema_input_type=tuple[PartOrLine, ...] | PartOrLine),
    ] = ()
    """One instalment, e.g. 2021-10-31 5000000 GBP; give it again for each further one."""
    terms: Text | None = None
    """What was agreed, in words."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from not_one_debt(case, at, self.fine, self.respondent)
        for part in self.instalment:
            yield from currency_differs(case, self.fine, self.respondent, part.amount)

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        fine = self.rows(case)[0]
        total = sum(at.minor(part.amount) for part in self.instalment)
        if self.instalment and total != fine.balance_minor:
            yield Oddity(
                "plan_differs",
                f"the instalments come to {money_of(fine, total)}, and "
                f"{money_of(fine, fine.balance_minor)} is outstanding",
            )

    def apply(self, case: Case, at: Moment) -> None:
        fine = self.rows(case)[0]
        debt = (self.fine, fine.respondent)
        old = [r for r in case.of(Instalment).values() if (r.fine_ref, r.respondent) == debt]
        for row in old:
            case.set(row, replaced=True)
        for number, part in enumerate(self.instalment, start=len(old) + 1):
            case.put(
                Instalment(
                    fine_ref=self.fine,
                    respondent=fine.respondent,
                    instalment_no=number,
                    currency=fine.currency,
                    digits=fine.digits,
                    amount_minor=at.minor(part.amount),
                    due_on=part.due_on,
                )
            )
        case.set(fine, recovery_status="plan")

    def summary(self, at: Moment) -> str:
        count = f" in {len(self.instalment)} instalments" if self.instalment else ""
        return f"Payment of fine {self.fine}{count} agreed{f': {self.terms}' if self.terms else ''}"


class CollectionReferred(AboutFine, name="collection_referred"):
    """Somebody was asked to collect a fine."""

    to: Line | None = None
    """Who was asked."""
    means: Literal["collection", "insolvency"] = "collection"
    """insolvency: the respondent's insolvency was opened or applied for."""
    note: Text | None = None
    """What is being done."""

    def apply(self, case: Case, at: Moment) -> None:
        status = "insolvency" if self.means == "insolvency" else "referred"
        for fine in self.rows(case):
            case.set(fine, recovery_status=status)
        case.reached.add("enforcement")

    def summary(self, at: Moment) -> str:
        return f"Collection of fine {self.fine} referred{f' to {self.to}' if self.to else ''}"
