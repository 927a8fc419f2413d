"""Orders: what somebody was told to do, by when, and under what penalty."""

from collections.abc import Iterator
from typing import Any, Literal

from events.base import Event, Lines, Moment, Oddity
from events.case import Case
from events.ceilings import daily_limit
from events.dates import Day, day_after, earliest
from events.money import Money
from events.periods import Duration
from events.rows import Deadline, Order, OrderItem, PeriodicPenalty
from events.timing import (
    begin_accrual,
    deadline_known,
    end_accrual,
    end_deadlines,
    hold_accrual,
    note_rate,
    order_unknown,
    start_of,
    time_deadline,
)
from events.words import Country, Line, Ref, Text


class OrderIssued(Event, name="order_issued", assigned={"order": "O", "deadline": "D"}):
    """Somebody was ordered to do or to stop something: formal notice, injunction, corrective
    order."""

    order: Ref | None = None
    """The order: its own number, e.g. MED-2021-134, or O1, O2, … in order."""
    respondent: Lines = ()
    """To whom it is addressed; all respondents of the case where left out."""
    title: Line | None = None
    """What is ordered, in a few words; the first item where left out."""
    item: Lines = ()
    """One thing that is demanded; give it again for each further one."""
    within: Duration | None = None
    """Period to comply: P2M, P28D, P6W, or 10 working days. It runs from service, else from the
    order."""
    due_on: Day | None = None
    """Last day to comply as the order states it; it wins over a computed one."""
    deadline: Ref | None = None
    """The deadline that the order sets: D1, D2, … in order where left out."""
    calendar: Country | None = None
    """Place whose public holidays count; the jurisdiction of the case where left out."""
    penalty: Money | None = None
    """Penalty payment for each unit of delay, e.g. 100000 EUR. It accrues; it is no debt."""
    penalty_unit: Literal["calendar_day", "working_day", "week", "month", "violation"] = (
        "calendar_day"
    )
    """What the penalty accrues by."""
    penalty_cap: Money | None = None
    """The most that the penalty can come to; also where its rate is not known."""
    penalty_from: Day | None = None
    """First day on which the penalty accrues, where the order states it; the day after the last
    day to comply where left out. It never accrues before that last day was missed."""

    def unassigned(self) -> dict[str, str]:
        missing = super().unassigned()
        if not self.has_deadline:
            missing.pop("deadline", None)
        return missing

    @property
    def has_deadline(self) -> bool:
        """Whether the order sets a deadline."""
        return bool(self.within or self.due_on)

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if case.order(self.ref("order", at)):
            yield Oddity("order_known", f"order {self.ref('order', at)} was already issued")
        yield from currencies_differ(None, self.penalty, self.penalty_cap)
        if self.penalty_from and not (self.penalty or self.penalty_cap):
            yield Oddity("penalty_unknown", "penalty_from is the first day of a penalty; name one")
        if self.has_deadline:
            yield from deadline_known(case, self.ref("deadline", at))

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if self.due_on and at.on and self.due_on < at.on:
            yield Oddity("due_before_order", f"the last day, {self.due_on}, lies before the order")
        yield from starts_early(self.penalty_from, at)
        yield from over_limit(case, at, self.penalty, self.penalty_unit)

    def apply(self, case: Case, at: Moment) -> None:
        order_ref = self.ref("order", at)
        addressed = case.addressed(self.respondent)
        case.put(
            Order(
                order_ref=order_ref,
                title=self.title or (self.item[0] if self.item else "Order"),
                respondents="; ".join([party.name for party in addressed]) or None,
                issued_on=at.on,
                document=self.document,
                **self.dates(at),
            )
        )
        for number, text in enumerate(self.item, start=1):
            case.put(OrderItem(order_ref=order_ref, item_no=number, text=text))
        if self.penalty or self.penalty_cap:
            terms, since = {"unit": self.penalty_unit}, not_before(self.penalty_from, at)
            attach(case, at, order_ref, self.penalty, self.penalty_cap, since=since, **terms)
        if self.has_deadline:
            deadline = Deadline(
                deadline_ref=self.ref("deadline", at),
                subject=f"Comply with order {order_ref}",
                order_ref=order_ref,
                due_on_stated=self.due_on,
                period=self.within,
                calendar=self.calendar,
            )
            time_deadline(case, at, case.put(deadline), start_of(self, at))
        case.reached.add("notice")

    def summary(self, at: Moment) -> str:
        limit = f", to be complied with by {self.due_on}" if self.due_on else ""
        limit = limit or (f", to be complied with within {self.within}" if self.within else "")
        what = self.title or "; ".join(self.item)
        return f"Order {self.ref('order', at)} issued{limit}{f': {what}' if what else ''}"


def attach(
    case: Case,
    at: Moment,
    order_ref: str,
    rate: Money | None,
    cap: Money | None,
    *,
    since: str | None,
    **terms: Any,
) -> None:
    """Attach a periodic penalty to an order, or give the one it has other terms. From the day
    `since` on it accrues, or its new rate counts."""
    if rate:
        terms["rate_minor"] = at.minor(rate)
    if cap:
        terms["cap_minor"] = at.minor(cap)
    penalty = case.of(PeriodicPenalty).get(order_ref)
    if penalty:
        case.set(penalty, **terms)
    elif money := rate or cap:
        currency, digits = money.currency, at.digits[money.currency]
        blank = PeriodicPenalty(order_ref=order_ref, currency=currency, digits=digits, **terms)
        penalty = case.put(blank)
    if penalty:
        note_rate(case, penalty, since)
        order = case.of(Order)[order_ref]
        if order.status == "breached":
            begin_accrual(case, penalty, since)
        if order.stayed:
            hold_accrual(case, at, order_ref)


def not_before(stated: str | None, at: Moment) -> str | None:
    """The first day that an act states, but none before the act itself: nothing accrues of a
    penalty that did not exist."""
    return max(stated, earliest(at.on)) if stated and at.on else stated


def starts_early(stated: str | None, at: Moment) -> Iterator[Oddity]:
    """The doubt about a penalty that is to accrue before somebody attached it."""
    if stated and at.on and stated < earliest(at.on):
        words = (
            f"the penalty is to accrue from {stated}, before it was decided; it does from {at.on}"
        )
        yield Oddity("penalty_before_act", words)


def over_limit(case: Case, at: Moment, rate: Money | None, unit: str) -> Iterator[Oddity]:
    """The doubt about a penalty for each day of delay that is higher than the law allows."""
    limit = daily_limit(case, at.on) if rate and unit == "calendar_day" else None
    if rate and limit and rate.currency == limit.currency and rate.number > limit.fixed:
        most = f"{limit.fixed:,} {limit.currency} ({limit.rule_id})"
        words = f"{rate} for each day of delay is more than the law allows, {most}"
        yield Oddity("penalty_over_limit", words)


def currencies_differ(
    known: PeriodicPenalty | None, rate: Money | None, cap: Money | None
) -> Iterator[Oddity]:
    """The objection to a penalty in two currencies."""
    found = {known.currency} if known else set()
    found |= {money.currency for money in (rate, cap) if money}
    if len(found) > 1:
        told = " and ".join(sorted(found))
        yield Oddity("currency_differs", f"a penalty has one currency, not {told}")


class AboutOrder(Event):
    """What events on one order have in common."""

    order: Ref
    """The order, e.g. O1."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from order_unknown(case, self.order)

    def row(self, case: Case) -> Order:
        """The order of the case."""
        return case.of(Order)[self.order]

    def settled(self, case: Case) -> Iterator[Oddity]:
        """The doubt about an event on an order that is not in force any more."""
        status = self.row(case).status
        if status in ("closed", "revoked", "annulled"):
            yield Oddity("order_settled", f"order {self.order} was already {status}")

    def end(self, case: Case, at: Moment, status: str, deadlines: str) -> None:
        """End the order, its open deadlines, and the accrual of its penalty."""
        case.set(self.row(case), status=status)
        end_deadlines(case, self.order, deadlines)
        end_accrual(case, at, self.order)


class OrderVaried(AboutOrder, name="order_varied", version=2):
    """The authority changed an order that it had issued. What is left out stays as it was."""

    title: Line | None = None
    """What is ordered now, in a few words."""
    item: Lines = ()
    """What is demanded now, if that changed: every item, old and new."""
    penalty: Money | None = None
    """New penalty payment for each unit of delay; what accrued before keeps its rate. Where the
    order had none and is breached already, it accrues from the day after service of the change."""
    penalty_unit: Literal["calendar_day", "working_day", "week", "month", "violation"] | None = None
    """What the penalty accrues by from now on."""
    penalty_cap: Money | None = None
    """The most that the penalty can come to from now on."""
    penalty_from: Day | None = None
    """First day on which the new penalty accrues or the new rate counts, where that is stated: with
    a period of grace, the day after it. Left out: the day of service, else of the change; the day
    after it for a penalty where the order had none."""
    uncapped: bool = False
    """Whether the penalty has no cap any more."""
    reason: Text | None = None
    """Why it was changed. A new last day is a `deadline_extended`."""

    @staticmethod
    def from_v1(stored: dict[str, Any]) -> dict[str, Any]:
        """Version 1: a new penalty came with all its terms, so that one given without a unit was
        per calendar day, and one given without a cap had none."""
        if "penalty" not in stored:
            return {n: v for n, v in stored.items() if n not in ("penalty_unit", "penalty_cap")}
        uncapped = {} if "penalty_cap" in stored else {"uncapped": True}
        return {"penalty_unit": "calendar_day", **stored, **uncapped}

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from super().objections(case, at)
        known = case.of(PeriodicPenalty).get(self.order)
        yield from currencies_differ(known, self.penalty, self.penalty_cap)
        has_penalty = known or self.penalty or self.penalty_cap
        if (self.penalty_unit or self.uncapped or self.penalty_from) and not has_penalty:
            yield Oddity("penalty_unknown", f"order {self.order} carries no periodic penalty")

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from self.settled(case)
        yield from starts_early(self.penalty_from, at)
        known = case.of(PeriodicPenalty).get(self.order)
        unit = self.penalty_unit or (known.unit if known else "calendar_day")
        yield from over_limit(case, at, self.penalty, unit)

    def apply(self, case: Case, at: Moment) -> None:
        if self.title:
            case.set(self.row(case), title=self.title)
        items = case.of(OrderItem)
        for number, text in enumerate(self.item, start=1):
            known = items.get(f"{self.order}/{number}")
            if known:
                case.set(known, text=text, dropped=False)
            else:
                case.put(OrderItem(order_ref=self.order, item_no=number, text=text))
        for old in list(items.values()) if self.item else []:
            if old.order_ref == self.order and old.item_no > len(self.item):
                case.set(old, dropped=True)
        terms: dict[str, Any] = {"unit": self.penalty_unit} if self.penalty_unit else {}
        if self.uncapped:
            terms["cap_minor"] = None
        attach(
            case,
            at,
            self.order,
            self.penalty,
            self.penalty_cap,
            since=self._since(case, at),
            **terms,
        )

    def _since(self, case: Case, at: Moment) -> str | None:
        """First day of the new terms: the one stated, else that of service or of the change. The
        day of service of a penalty where there was none does not count (Regulation 1182/71,
        Article 3(1))."""
        start = start_of(self, at)
        if self.penalty_from or start is None:
            return not_before(self.penalty_from, at)
        is_first = self.order not in case.of(PeriodicPenalty)
        return day_after(start.runs_from) if is_first else start.runs_from

    def summary(self, at: Moment) -> str:
        return f"Order {self.order} varied{f': {self.reason}' if self.reason else ''}"


class ComplianceClaimed(AboutOrder, name="compliance_claimed"):
    """Somebody said that an order was complied with. That alone changes nothing."""

    by: Line | None = None
    """Who said so."""
    note: Text | None = None
    """What was said or shown."""

    def summary(self, at: Moment) -> str:
        return f"Compliance with order {self.order} claimed{f' by {self.by}' if self.by else ''}"


class OrderComplied(AboutOrder, name="order_complied"):
    """The authority established that an order was complied with."""

    note: Text | None = None
    """What was established, and with what reservation."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from self.settled(case)

    def apply(self, case: Case, at: Moment) -> None:
        self.end(case, at, "complied", "met")

    def summary(self, at: Moment) -> str:
        return f"Order {self.order} complied with"


class OrderClosed(AboutOrder, name="order_closed"):
    """The authority closed an order: nothing more is asked under it."""

    reason: Literal["complied", "moot", "superseded", "other"] | None = None
    """Why it was closed."""
    note: Text | None = None
    """Scope of the closing, and any reservation."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from self.settled(case)

    def apply(self, case: Case, at: Moment) -> None:
        self.end(case, at, "closed", "met" if self.reason == "complied" else "cancelled")

    def summary(self, at: Moment) -> str:
        return f"Order {self.order} closed{f': {self.reason}' if self.reason else ''}"


class OrderRevoked(AboutOrder, name="order_revoked"):
    """The authority took an order back."""

    reason: Text | None = None
    """Why it was revoked."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from self.settled(case)

    def apply(self, case: Case, at: Moment) -> None:
        self.end(case, at, "revoked", "cancelled")

    def summary(self, at: Moment) -> str:
        return f"Order {self.order} revoked{f': {self.reason}' if self.reason else ''}"
