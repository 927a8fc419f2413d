"""What happens to a debt: made, changed, annulled, held off, balanced.

One row of `fines` is one debt: of one respondent, or of several jointly.
"""

from collections.abc import Iterator

from events.base import Event, Moment, Oddity, spoken_type
from events.case import Case
from events.dates import earliest, is_full
from events.money import Money, readable
from events.rows import Fine, Party
from events.words import Line, Ref

IN_FORCE = ("imposed", "varied")


def proposals_differ(case: Case, fine_ref: str, kind: str, currency: str) -> Iterator[Oddity]:
    """The objections to a debt whose reference is taken: by one in force, or by a proposal of
    another kind or currency."""
    for fine in case.fines(fine_ref):
        if fine.legal_status != "proposed":
            yield Oddity("fine_known", f"fine {fine_ref} is already in the case")
        elif fine.kind != kind:
            yield Oddity("kind_differs", f"{fine_ref} was proposed as a {spoken_type(fine.kind)}")
        elif fine.currency != currency:
            yield Oddity("currency_differs", f"fine {fine_ref} was proposed in {fine.currency}")


def owed_by(parties: list[Party], joint: bool) -> list[tuple[str, list[Party]]]:
    """Who owes what together: one debt for all where they are jointly liable, else one for each."""
    if joint and len(parties) > 1:
        return [("; ".join([party.name for party in parties]), parties)]
    return [(party.name, [party]) for party in parties]


def settle(case: Case, fine: Fine) -> None:
    """Work out the balance of a debt and what follows from it, after one of its parts changed.

    balance = amount + charges - paid + refunded - written off; the amount is 0 while the fine is
    only proposed, and where it is annulled or remitted.
    """
    case.set(
        fine,
        balance_minor=fine.amount_minor
        + fine.charges_minor
        - fine.paid_minor
        + fine.refunded_minor
        - fine.written_off_minor,
        enforceable=fine.legal_status in IN_FORCE
        and not fine.stayed
        and not fine.needs_confirmation,
        payment_status=_payment_status(fine),
    )


def _payment_status(fine: Fine) -> str:
    """What somebody established: silence is never `unpaid`, and only payments make `paid`."""
    kept = fine.paid_minor - fine.refunded_minor
    owed = fine.amount_minor + fine.charges_minor
    if fine.paid_minor and kept <= 0:
        return "refunded"
    if kept > 0:
        return "paid" if kept == owed else "part_paid" if kept < owed else "overpaid"
    return "unpaid" if fine.unpaid_as_of else "none_recorded"


def impose(case: Case, fine: Fine, minor: int, **values: object) -> None:
    """Put a debt in force with the amount that a decision gave it."""
    case.former_amounts.pop(fine.ref, None)
    case.set(fine, legal_status="imposed", imposed_minor=minor, amount_minor=minor, **values)
    settle(case, fine)


def vary(case: Case, fine: Fine, minor: int) -> None:
    """Replace the amount of a debt; also of one that was annulled, which is then in force again."""
    case.former_amounts.pop(fine.ref, None)
    case.set(fine, legal_status="varied", amount_minor=minor)
    settle(case, fine)


def undo(case: Case, fine: Fine, status: str) -> None:
    """Take a debt out of force: `annulled`, or `remitted` for a new decision. What was paid stays
    paid."""
    if fine.legal_status in IN_FORCE:
        case.former_amounts[fine.ref] = (fine.amount_minor, fine.legal_status)
    case.set(fine, legal_status=status, amount_minor=0)
    settle(case, fine)


def reinstate(case: Case, fine: Fine, minor: int | None) -> None:
    """Put an annulled debt in force again: with `minor`, else with the amount it had."""
    now = (fine.amount_minor, fine.legal_status)
    before, status = case.former_amounts.pop(fine.ref, now)
    amount = before if minor is None else minor
    case.set(
        fine,
        legal_status=status if amount == before else "varied",
        amount_minor=amount,
    )
    settle(case, fine)


def fine_unknown(
    case: Case, at: Moment, fine_ref: str, respondent: str | None = None
) -> Iterator[Oddity]:
    """The objection to an event on a fine that nobody imposed or proposed, or did only later."""
    if not case.fines(fine_ref, respondent):
        whom = f" on {respondent}" if respondent else ""
        known = ", ".join(dict.fromkeys(fine.fine_ref for fine in case.of(Fine).values()))
        cure = f"the case has {known}" if known else "the case has no fine"
        words = _imposed_later(at, fine_ref) or f"no fine {fine_ref} was imposed{whom}; {cure}"
        yield Oddity("fine_unknown", words)


def _imposed_later(at: Moment, fine_ref: str) -> str | None:
    """That a fine which the case lacks is still to come in legal order; None if it is not."""
    later = []
    for target in at.targets.values() if at.on else ():
        event = target.event
        is_debt = "fine" in event.assigned and event.type != "notice_of_intent_issued"
        if not is_debt or target.withdrawn_since is not None:
            continue
        given = getattr(event, "fine", None) or target.refs.get("fine")
        imposed_on = at.seen(event.happened_on)
        if given == fine_ref and imposed_on and earliest(imposed_on) > earliest(str(at.on)):
            later.append(imposed_on)
    if not later:
        return None
    first = min(later, key=lambda day: (earliest(day), day))
    counts = "" if is_full(str(at.on)) else ", which counts from its first day"
    return f"fine {fine_ref} is imposed only on {first}, after {at.on}{counts}"


def not_one_debt(case: Case, at: Moment, fine_ref: str, respondent: str | None) -> Iterator[Oddity]:
    """The objections to money that moves on a fine: it must be owed, and one debt be meant."""
    yield from nothing_owed(case, at, fine_ref, respondent)
    found = debts(case, fine_ref, respondent)
    if len(found) > 1:
        names = "; ".join(fine.respondent for fine in found)
        yield Oddity("respondent_needed", f"fine {fine_ref} is owed by several ({names}); name one")


def debts(case: Case, fine_ref: str, respondent: str | None = None) -> list[Fine]:
    """The debts under a fine's reference that are more than proposed."""
    return [f for f in case.fines(fine_ref, respondent) if f.legal_status != "proposed"]


def nothing_owed(
    case: Case, at: Moment, fine_ref: str, respondent: str | None = None
) -> Iterator[Oddity]:
    """The objection to an event on a fine that nobody imposed, or that is only proposed."""
    yield from fine_unknown(case, at, fine_ref, respondent)
    if case.fines(fine_ref, respondent) and not debts(case, fine_ref, respondent):
        later = _imposed_later(at, fine_ref)
        words = f"fine {fine_ref} is only proposed; nothing is owed"
        yield Oddity("fine_proposed", f"{words}; {later}" if later else words)


def currency_differs(
    case: Case, fine_ref: str, respondent: str | None, money: Money
) -> Iterator[Oddity]:
    """The objection to an amount in another currency than that of the fine."""
    for fine in case.fines(fine_ref, respondent)[:1]:
        if fine.currency != money.currency:
            yield Oddity(
                "currency_differs",
                f"fine {fine_ref} is in {fine.currency}, not {money.currency}; nothing is "
                "converted",
            )


def money_of(fine: Fine, minor: int) -> str:
    """An amount of a debt as people read it."""
    return readable(minor, fine.digits, fine.currency)


def hold(case: Case, at: Moment, fine: Fine) -> None:
    """Hold off the enforcement of a debt."""
    case.stays.setdefault(f"fines:{fine.ref}", set()).add(at.position)
    case.set(fine, stayed=True)
    settle(case, fine)


def release(case: Case, fine: Fine) -> None:
    """End every hold on the enforcement of a debt."""
    case.stays.pop(f"fines:{fine.ref}", None)
    case.set(fine, stayed=False)
    settle(case, fine)


class AboutFine(Event):
    """What events on one fine have in common."""

    fine: Ref
    """The fine, e.g. F1."""
    respondent: Line | None = None
    """Whose fine, where several owe one each; all of them where left out."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from nothing_owed(case, at, self.fine, self.respondent)

    def rows(self, case: Case) -> list[Fine]:
        """The debts that are meant."""
        return debts(case, self.fine, self.respondent)
