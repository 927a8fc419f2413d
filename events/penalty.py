"""Periodic penalties: exposure that accrues, until an authority makes a debt of it."""

from collections.abc import Iterator
from typing import Literal

from events.base import Event, Moment, Oddity
from events.case import Case
from events.dates import Day, day_after, days_between
from events.debts import impose, owed_by, proposals_differ
from events.money import Money, readable
from events.rows import Fine, Liquidation, Order, Party, PeriodicPenalty
from events.timing import accrued
from events.words import Line, Ref


class PenaltyLiquidated(Event, name="penalty_liquidated", assigned={"fine": "F"}):
    """An authority turned what had accrued of a periodic penalty into a debt. The amount is
    recorded as decided, and stands beside what the rate and the days come to."""

    fine: Ref | None = None
    """The debt that it makes: its decision's number, e.g. SAN-2023-005, or F1, F2, … in order."""
    order: Ref
    """The order whose penalty is liquidated."""
    respondent: Line | None = None
    """Who owes it; all respondents of the case jointly where left out."""
    period_from: Day
    """First day of the period, as the decision names it."""
    period_to: Day
    """Last day of the period, as the decision names it."""
    endpoints: Literal["not_stated", "both", "one"] = "not_stated"
    """Whether both end days count, or only one of them, or nobody said."""
    amount: Money
    """The amount as decided."""
    due_on: Day | None = None
    """Last day to pay, as stated."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        penalty = case.of(PeriodicPenalty).get(self.order)
        if self.order not in case.of(Order):
            yield Oddity("order_unknown", f"no order {self.order} was issued")
        elif penalty is None:
            yield Oddity("penalty_unknown", f"order {self.order} carries no periodic penalty")
        elif penalty.currency != self.amount.currency:
            yield Oddity(
                "currency_differs", f"the penalty of {self.order} is in {penalty.currency}"
            )
        if self.period_to < self.period_from:
            yield Oddity("period_reversed", f"{self.period_to} lies before {self.period_from}")
        if not (self.respondent or case.respondents()):
            yield Oddity("nobody_addressed", "the case has no respondent; name one")
        ref = self.ref("fine", at)
        yield from proposals_differ(case, ref, "periodic_penalty", self.amount.currency)

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        penalty = case.of(PeriodicPenalty)[self.order]
        decided = at.minor(self.amount)
        readings = self.readings(case)
        if readings and decided not in readings.values():
            told = " or ".join(_money(penalty, minor) for minor in sorted(set(readings.values())))
            yield Oddity(
                "liquidation_differs",
                f"{self.amount} was decided, but the rate and the days come to {told}",
            )
        if penalty.accrues_from is None and case.of(Order)[self.order].status != "breached":
            words = f"nobody established that order {self.order} was breached"
            yield Oddity("liquidation_without_breach", words)
        if penalty.cap_minor is not None and penalty.liquidated_minor + decided > penalty.cap_minor:
            cap = _money(penalty, penalty.cap_minor)
            yield Oddity(
                "liquidation_over_cap", f"with it more than the cap of {cap} is liquidated"
            )
        for earlier in case.of(Liquidation).values():
            if (
                earlier.order_ref == self.order
                and earlier.period_from < self.period_to
                and self.period_from < earlier.period_to
            ):
                yield Oddity(
                    "liquidation_overlaps",
                    f"{earlier.fine_ref} already liquidated a part of that period",
                )
        spans = case.suspensions.get(self.order, [])
        if penalty.suspended_from:
            spans = [*spans, (penalty.suspended_from, self.period_to)]
        for first, end in spans:
            if max(first, self.period_from) < min(end, self.period_to):
                yield Oddity("liquidation_of_stayed", f"the penalty was held off from {first} on")

    def readings(self, case: Case) -> dict[str, int]:
        """What the days come to, each at its rate, for each way to count the end days that the
        decision leaves open, in minor units; nothing where a rate is not per calendar day."""
        first, last = self.period_from, self.period_to
        counted = {"both": (first, last)} if self.endpoints != "one" else {}
        if self.endpoints != "both":
            # Two readings where the rate changed in between: either end day may be left out.
            counted |= {"one": (first, day_after(last, -1)), "one_later": (day_after(first), last)}
        found = {name: accrued(case, self.order, *days) for name, days in counted.items()}
        return {name: minor for name, minor in found.items() if minor is not None}

    def apply(self, case: Case, at: Moment) -> None:
        penalty, decided = case.of(PeriodicPenalty)[self.order], at.minor(self.amount)
        ref, readings = self.ref("fine", at), self.readings(case)
        first, last = self.period_from, self.period_to
        days = days_between(first, last)
        case.put(
            Liquidation(
                fine_ref=ref,
                order_ref=self.order,
                period_from=first,
                period_to=last,
                endpoints=self.endpoints,
                days_one_endpoint=days,
                days_both_endpoints=days + 1,
                currency=penalty.currency,
                digits=penalty.digits,
                decided_minor=decided,
                computed_one_endpoint_minor=accrued(case, self.order, first, day_after(last, -1)),
                computed_both_endpoints_minor=accrued(case, self.order, first, last),
                agrees=decided in readings.values() if readings else None,
            )
        )
        case.set(penalty, liquidated_minor=penalty.liquidated_minor + decided)
        self._owe(case, at, ref, decided)
        case.reached.add("enforcement")

    def _owe(self, case: Case, at: Moment, ref: str, decided: int) -> None:
        parties: list[Party] = (
            [case.joined(self.respondent)] if self.respondent else case.respondents()
        )
        for name, behind in owed_by(parties, joint=True):
            fine = case.of(Fine).get(f"{ref}/{name}")
            if fine is None:
                blank = Fine(
                    fine_ref=ref,
                    kind="periodic_penalty",
                    respondent=name,
                    liability="joint" if len(behind) > 1 else "several",
                    currency=self.amount.currency,
                    digits=at.digits[self.amount.currency],
                    legal_status="proposed",
                )
                fine = case.owe(blank, behind)
            dates = self.dates(at)
            impose(
                case,
                fine,
                decided,
                imposed_on=at.on,
                due_on=self.due_on,
                document=self.document,
                **dates,
            )

    def summary(self, at: Moment) -> str:
        period = f"{self.period_from} to {self.period_to}"
        return f"Periodic penalty of order {self.order} liquidated at {self.amount} for {period}"


def _money(penalty: PeriodicPenalty, minor: int) -> str:
    return readable(minor, penalty.digits, penalty.currency)
