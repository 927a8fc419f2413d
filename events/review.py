"""Review: appeals, stays, judgments, and what becomes of each fine and order."""

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Literal

from pydantic import BeforeValidator

from events.base import Event, Lines, Moment, Oddity, Refs, several
from events.case import Case
from events.debts import (
    currency_differs,
    debts,
    fine_unknown,
    hold,
    nothing_owed,
    reinstate,
    release,
    undo,
    vary,
)
from events.effects import Effect, EffectOrLine
from events.findings import infringement_unknown
from events.rows import Appeal, Fine, Order
from events.timing import (
    annul_order,
    free_accrual,
    hold_accrual,
    order_unknown,
    pause,
    reinstate_order,
    resume,
)
from events.words import Line, Ref, Text


class AppealLodged(Event, name="appeal_lodged", assigned={"appeal": "A"}):
    """Somebody asked a court or another body to review an act of the authority, or a judgment."""

    appeal: Ref | None = None
    """The review: its own number, or A1, A2, … in order. Each court and each act has its own."""
    forum: Line
    """The court or tribunal."""
    appellant: Line | None = None
    """Who asked for the review; it may be the authority."""
    fine: Refs = ()
    """A fine under review; give it again for each further one."""
    order: Refs = ()
    """An order under review; give it again for each further one."""
    against: Line | None = None
    """Another act under review, e.g. a judgment or a decision of the EDPB."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        ref = self.ref("appeal", at)
        if ref in case.of(Appeal):
            yield Oddity("appeal_known", f"appeal {ref} was already lodged")
        yield from unknown(case, at, self.fine, self.order)

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        named = self.against or ""
        kind = "fine" if case.fines(named) else "order" if case.order(named) else None
        if kind:
            words = f"{named} is one of the {kind}s of this case; name it as `{kind}`"
            yield Oddity("act_is_no_other", f"{words}, or what is decided does not touch it")

    def apply(self, case: Case, at: Moment) -> None:
        acts = [*self.fine, *self.order, *([self.against] if self.against else [])]
        case.put(
            Appeal(
                appeal_ref=self.ref("appeal", at),
                forum=self.forum,
                appellant=self.appellant,
                against="; ".join(dict.fromkeys(acts)) or None,
                lodged_on=at.on,
            )
        )

    def summary(self, at: Moment) -> str:
        who = f" by {self.appellant}" if self.appellant else ""
        return f"Appeal {self.ref('appeal', at)} to the {self.forum} lodged{who}"


def unknown(
    case: Case,
    at: Moment,
    fines: tuple[str, ...],
    orders: tuple[str, ...],
    *,
    owed: bool = False,
    whose: tuple[str, ...] = (),
) -> Iterator[Oddity]:
    """The objections to an act on fines and orders that the case does not have, or not on those
    `whose` they should be; with `owed` also on fines that are only proposed."""
    for ref, name in product(fines, whose or (None,)):
        yield from nothing_owed(case, at, ref, name) if owed else fine_unknown(case, at, ref, name)
    for ref in orders:
        yield from order_unknown(case, ref)


def debts_of(case: Case, fine_ref: str, respondents: tuple[str, ...]) -> list[Fine]:
    """The debts under a fine's reference that an act covers: all, or those of some respondents."""
    found = [debts(case, fine_ref, name) for name in respondents or (None,)]
    return list(dict.fromkeys(fine for some in found for fine in some))


def not_apart(
    case: Case, fines: tuple[str, ...], orders: tuple[str, ...], respondents: tuple[str, ...]
) -> Iterator[Oddity]:
    """The doubts about a stay for some of those whom a joint debt or an order binds together: the
    ledger tells it of all of them."""
    named = {party.party_ref for name in respondents if (party := case.party(name))}
    bound = [
        (f"fine {ref}", set(case.behind[fine.ref]))
        for ref in fines
        for fine in debts_of(case, ref, respondents)
    ]
    for ref in orders:
        names = (case.of(Order)[ref].respondents or "").split("; ")
        bound.append((f"order {ref}", {p.party_ref for name in names if (p := case.party(name))}))
    for what, parties in bound if respondents else ():
        if others := parties - named:
            words = f"{what} binds {', '.join(sorted(others))} too, and is told as one"
            yield Oddity("stay_of_a_part", words)


class AboutAppeal(Event):
    """What events on one appeal have in common."""

    appeal: Ref
    """The appeal, e.g. A1."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if self.appeal not in case.of(Appeal):
            known = ", ".join(case.of(Appeal))
            cure = f"the case has {known}" if known else "the case has no appeal"
            yield Oddity("appeal_unknown", f"no appeal {self.appeal} was lodged; {cure}")

    def settled(self, case: Case) -> Iterator[Oddity]:
        """The doubt about an event on an appeal that came to its end already."""
        appeal = case.of(Appeal)[self.appeal]
        if appeal.status == "decided":
            yield Oddity(
                "appeal_settled", f"appeal {self.appeal} was already decided ({appeal.outcome})"
            )


class PermissionToAppealDecided(AboutAppeal, name="permission_to_appeal_decided"):
    """A court decided whether an appeal may be brought."""

    outcome: Literal["granted", "refused"]
    """What it decided."""
    body: Line | None = None
    """Who decided; often the court whose judgment is under appeal."""
    renewed_before: Line | None = None
    """The court before which a refused application was made again."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from self.settled(case)

    def apply(self, case: Case, at: Moment) -> None:
        appeal = case.of(Appeal)[self.appeal]
        if appeal.status == "decided":
            return
        refused = self.outcome == "refused" and not self.renewed_before
        case.set(appeal, status="permission_refused" if refused else "pending")

    def summary(self, at: Moment) -> str:
        renewed = f", renewed before the {self.renewed_before}" if self.renewed_before else ""
        by = f" by the {self.body}" if self.body else ""
        return f"Permission for appeal {self.appeal} {self.outcome}{by}{renewed}"


class StayGranted(Event, name="stay_granted"):
    """Fines are not to be enforced, orders not to be followed, for the time being. Only what is
    named is held off."""

    fine: Refs = ()
    """A fine held off; give it again for each further one."""
    order: Refs = ()
    """An order held off, with its open deadlines and the accrual of its penalty; give it again for
    each further one."""
    respondent: Lines = ()
    """Whose fines are held off, where several owe one each; those of all where left out. Give it
    again for each further one."""
    by: Line | None = None
    """Who granted it: a court, or the law itself where an appeal alone has that effect."""
    conditions: Text | None = None
    """Conditions it depends on."""
    until: Line | None = None
    """When it ends, in words."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if not (self.fine or self.order):
            yield Oddity("stay_of_nothing", "a stay names the fines and orders that it holds off")
        yield from unknown(case, at, self.fine, self.order, owed=True, whose=self.respondent)

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from not_apart(case, self.fine, self.order, self.respondent)

    def apply(self, case: Case, at: Moment) -> None:
        for ref in self.fine:
            for fine in debts_of(case, ref, self.respondent):
                hold(case, at, fine)
        for ref in self.order:
            order = case.of(Order)[ref]
            case.stays.setdefault(f"orders:{ref}", set()).add(at.position)
            case.set(order, stayed=True)
            for deadline in case.deadlines_of(ref):
                pause(case, at, deadline)
            hold_accrual(case, at, ref)

    def summary(self, at: Moment) -> str:
        what = ", ".join(
            [f"fine {ref}" for ref in self.fine] + [f"order {ref}" for ref in self.order]
        )
        by = f" for {'; '.join(self.respondent)}" if self.respondent else ""
        by += f" by {self.by}" if self.by else ""
        return f"Stay of {what} granted{by}{' with conditions' if self.conditions else ''}"


class StayLifted(Event, name="stay_lifted"):
    """What a stay held off goes on again. Every stay of what is named ends."""

    fine: Refs = ()
    """A fine that can be enforced again; give it again for each further one."""
    order: Refs = ()
    """An order that is to be followed again; give it again for each further one."""
    respondent: Lines = ()
    """Whose fines can be enforced again, where several owe one each; those of all where left out.
    Give it again for each further one."""
    reason: Text | None = None
    """Why."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if not (self.fine or self.order):
            yield Oddity("stay_of_nothing", "name the fines and orders whose stay is lifted")
        yield from unknown(case, at, self.fine, self.order, owed=True, whose=self.respondent)

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        for ref in self.fine:
            if not any(fine.stayed for fine in debts_of(case, ref, self.respondent)):
                yield Oddity("not_stayed", f"fine {ref} was not stayed")
        for ref in self.order:
            if not case.of(Order)[ref].stayed:
                yield Oddity("not_stayed", f"order {ref} was not stayed")
        yield from not_apart(case, self.fine, self.order, self.respondent)

    def apply(self, case: Case, at: Moment) -> None:
        for ref in self.fine:
            for fine in debts_of(case, ref, self.respondent):
                release(case, fine)
        for ref in self.order:
            order = case.of(Order)[ref]
            lifted = case.stays.pop(f"orders:{ref}", set())
            case.set(order, stayed=False)
            for deadline in case.deadlines_of(ref):
                resume(case, at, deadline, lifted)
            free_accrual(case, at, ref)

    def summary(self, at: Moment) -> str:
        what = ", ".join(
            [f"fine {ref}" for ref in self.fine] + [f"order {ref}" for ref in self.order]
        )
        whose = f" for {'; '.join(self.respondent)}" if self.respondent else ""
        return f"Stay of {what} lifted{whose}{f': {self.reason}' if self.reason else ''}"


class AppealDecided(AboutAppeal, name="appeal_decided"):
    """A review came to its end before that court. It says what becomes of each fine and order."""

    outcome: Literal[
        "dismissed", "allowed", "partly_allowed", "withdrawn", "inadmissible", "settled", "remitted"
    ]
    """What the court decided, or how the review ended."""
    effect: Annotated[
        tuple[EffectOrLine, ...],
        BeforeValidator(several, json_schema_input_type=tuple[EffectOrLine, ...] | EffectOrLine),
    ] = ()
    """What becomes of one act: 'fine F1 annulled', 'fine F1 varied 900000 EUR', 'order O1 kept';
    give it again for each further one."""
    set_aside: Lines = ()
    """Provisions whose infringement no longer stands."""
    note: Text | None = None
    """What it says in short."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from super().objections(case, at)
        for effect in self.effect:
            if effect.fine:
                yield from nothing_owed(case, at, effect.fine, effect.respondent)
                if effect.amount:
                    yield from currency_differs(case, effect.fine, effect.respondent, effect.amount)
            else:
                yield from order_unknown(case, str(effect.order))

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from self.settled(case)
        yield from infringement_unknown(case, self.set_aside)
        for effect in self.effect:
            if effect.outcome != "reinstated":
                continue
            if effect.fine and any(f.stands for f in debts(case, effect.fine, effect.respondent)):
                yield Oddity("fine_in_force", f"fine {effect.fine} was in force already")
            if effect.order and case.of(Order)[effect.order].status != "annulled":
                yield Oddity("order_in_force", f"order {effect.order} was in force already")

    def apply(self, case: Case, at: Moment) -> None:
        appeal = case.of(Appeal)[self.appeal]
        case.set(appeal, status="decided", outcome=self.outcome, decided_on=at.on)
        for effect in self.effect:
            if effect.fine:
                self._on_fine(case, at, effect)
            else:
                self._on_order(case, at, effect)
        case.infringed(self.set_aside, case.respondents(), status="set_aside")
        if self.outcome in ("dismissed", "withdrawn", "inadmissible") and "decided" in case.reached:
            case.reached.add("enforcement")

    def _on_fine(self, case: Case, at: Moment, effect: Effect) -> None:
        amount = at.minor(effect.amount) if effect.amount else None
        for fine in debts(case, str(effect.fine), effect.respondent):
            if effect.outcome == "varied" and amount is not None:
                vary(case, fine, amount)
            elif effect.outcome == "annulled":
                undo(case, fine, "annulled")
            elif effect.outcome == "reinstated":
                reinstate(case, fine, amount)

    def _on_order(self, case: Case, at: Moment, effect: Effect) -> None:
        order = case.of(Order)[str(effect.order)]
        if effect.outcome == "annulled":
            annul_order(case, at, order)
        elif effect.outcome == "reinstated":
            reinstate_order(case, at, order)

    def summary(self, at: Moment) -> str:
        effects = [
            f"{'fine ' + e.fine if e.fine else 'order ' + str(e.order)} {e.outcome}"
            f"{f' to {e.amount}' if e.amount else ''}"
            for e in self.effect
        ]
        told = f"; {', '.join(effects)}" if effects else ""
        return f"Appeal {self.appeal} decided: {self.outcome.replace('_', ' ')}{told}"


class CaseRemitted(Event, name="case_remitted"):
    """The case was sent back for a new decision: to the authority, or to a lower court."""

    to: Line
    """To whom."""
    appeal: Ref | None = None
    """The appeal that is pending again, where it goes back to a lower court."""
    fine: Refs = ()
    """A fine that is out of force until it is decided anew; give it again for each further one."""
    order: Refs = ()
    """An order that is out of force until it is decided anew; give it again for each further
    one."""
    scope: Text | None = None
    """What is to be decided anew."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if self.appeal and self.appeal not in case.of(Appeal):
            yield Oddity("appeal_unknown", f"no appeal {self.appeal} was lodged")
        yield from unknown(case, at, self.fine, self.order, owed=True)

    def apply(self, case: Case, at: Moment) -> None:
        if self.appeal:
            appeal = case.of(Appeal)[self.appeal]
            case.set(appeal, status="remitted", outcome=None, decided_on=None)
        else:
            case.reached.add("remitted")
        for ref in self.fine:
            for fine in debts(case, ref):
                undo(case, fine, "remitted")
        for ref in self.order:
            annul_order(case, at, case.of(Order)[ref])

    def summary(self, at: Moment) -> str:
        return f"Case sent back to {self.to}{f': {self.scope}' if self.scope else ''}"


class DecisionBecameFinal(Event, name="decision_became_final"):
    """No review of the decision is possible any more."""

    reason: Literal["period_expired", "waiver", "last_instance", "withdrawn", "other"] | None = None
    """Why it became final."""
    note: Text | None = None
    """How that is known."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        pending = [row.appeal_ref for row in case.of(Appeal).values() if row.is_open]
        if pending:
            yield Oddity("final_under_review", f"still pending: appeal {', '.join(pending)}")

    def apply(self, case: Case, at: Moment) -> None:
        case.reached.add("enforcement")

    def summary(self, at: Moment) -> str:
        return f"Decision became final{f': {self.reason}' if self.reason else ''}".replace("_", " ")
