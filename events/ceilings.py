"""The highest fine that the law allows: rules as they were at the time, and what they come to.

A rule is a literal with its source and the days on which it was in force; one that was released is
never edited, a new one takes its place. Which rule counts follows from the law that the case is
decided under, the day of the decision, and the provisions that were found to be infringed.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from events.base import Oddity
from events.case import Case
from events.dates import earliest
from events.money import readable
from events.rows import Fine, Infringement, Party

Tier = Literal["lower", "higher", "order", "any"]
"""Article 83(4), 83(5) or 83(6) of the GDPR, or a ceiling that is the same for all provisions."""


class Ceiling(NamedTuple):
    """A rule of law on the highest fine."""

    rule_id: str
    law: str
    """The law under which a case is decided: gdpr, uk-gdpr, dpa-1998, fr-lil or fr-simplified."""
    tier: Tier
    currency: str
    fixed: int
    """The fixed amount, in whole units of the currency."""
    percent: int | None
    """Share in percent of the worldwide turnover of the year before; it may come to more than the
    fixed amount."""
    in_force_from: str
    in_force_until: str | None
    """Last day; None where it still is."""
    source: str

    def in_force_on(self, day: str) -> bool:
        """Whether it was the law on a full date."""
        until = self.in_force_until
        return self.in_force_from <= day and (until is None or day <= until)


_GDPR = "Regulation (EU) 2016/679, Article 83"
_UK = "Data Protection Act 2018, section 157(5) and (6), and UK GDPR, Article 83"
# The paragraph (III, 7°, in 2020) has another number since 2022.
_LIL = "Loi n° 78-17 du 6 janvier 1978, article 20"
_SIMPLIFIED = (
    "Loi n° 78-17 du 6 janvier 1978, article 22-1 (loi n° 2022-52 du 24 janvier 2022), and "
    "décret n° 2022-517 du 8 avril 2022"
)

RULES = (
    Ceiling("GDPR-83(4)", "gdpr", "lower", "EUR", 10_000_000, 2, "2018-05-25", None, _GDPR + "(4)"),
    Ceiling(
        "GDPR-83(5)", "gdpr", "higher", "EUR", 20_000_000, 4, "2018-05-25", None, _GDPR + "(5)"
    ),
    Ceiling("GDPR-83(6)", "gdpr", "order", "EUR", 20_000_000, 4, "2018-05-25", None, _GDPR + "(6)"),
    # In sterling since the end of the transition period; before it the Act had the amounts in euro.
    Ceiling("UK-83(4)", "uk-gdpr", "lower", "GBP", 8_700_000, 2, "2021-01-01", None, _UK),
    Ceiling("UK-83(5)", "uk-gdpr", "higher", "GBP", 17_500_000, 4, "2021-01-01", None, _UK),
    Ceiling("UK-83(6)", "uk-gdpr", "order", "GBP", 17_500_000, 4, "2021-01-01", None, _UK),
    # Repealed on 25 May 2018; by Schedule 20 of the Act of 2018 it still counts for older failures,
    # so that decisions under it come later than that day.
    Ceiling(
        "UK-DPA1998",
        "dpa-1998",
        "any",
        "GBP",
        500_000,
        None,
        "2010-04-06",
        None,
        "Data Protection Act 1998, section 55A, and SI 2010/31, regulation 2",
    ),
    Ceiling("FR-LIL-20/83(4)", "fr-lil", "lower", "EUR", 10_000_000, 2, "2019-06-01", None, _LIL),
    Ceiling("FR-LIL-20/83(5)", "fr-lil", "higher", "EUR", 20_000_000, 4, "2019-06-01", None, _LIL),
    Ceiling("FR-LIL-20/83(6)", "fr-lil", "order", "EUR", 20_000_000, 4, "2019-06-01", None, _LIL),
    # The simplified procedure waited for its decree, in force on the day after it was published.
    Ceiling(
        "FR-LIL-22-1", "fr-simplified", "any", "EUR", 20_000, None, "2022-04-11", None, _SIMPLIFIED
    ),
)
"""Every rule, with the law itself as its source."""


class DailyLimit(NamedTuple):
    """A rule of law on the highest penalty payment for each day of delay."""

    rule_id: str
    laws: tuple[str, ...]
    """The laws that cases are decided under, as those of `Ceiling`."""
    jurisdiction: str
    currency: str
    fixed: int
    """The amount for a day, in whole units of the currency."""
    in_force_from: str
    source: str


DAILY_LIMITS = (
    DailyLimit("FR-LIL-20/astreinte", ("gdpr", "fr-lil"), "FR", "EUR", 100_000, "2019-06-01", _LIL),
    DailyLimit(
        "FR-LIL-22-1/astreinte", ("fr-simplified",), "FR", "EUR", 100, "2022-04-11", _SIMPLIFIED
    ),
)
"""Every limit, with the law itself as its source."""


def daily_limit(case: Case, on: str | None) -> DailyLimit | None:
    """The limit of a penalty that is attached on a day in a case; None where no rule can be
    told."""
    law, country = law_of(case.row.regime), (case.row.jurisdiction or "")[:2]
    for limit in DAILY_LIMITS:
        if law in limit.laws and country == limit.jurisdiction:
            return limit if on and limit.in_force_from <= earliest(on) else None
    return None


_LAWS = (
    (re.compile(r"22-1|simplifi", re.I), "fr-simplified"),
    (re.compile(r"78-17|\bLIL\b|informatique et libert", re.I), "fr-lil"),
    (re.compile(r"\b(DPA|Data Protection Act) ?1998", re.I), "dpa-1998"),
    (re.compile(r"UK[ -]GDPR|\b(DPA|Data Protection Act) ?2018", re.I), "uk-gdpr"),
    (re.compile(r"GDPR|RGPD|DS-?GVO|AVG|2016/679", re.I), "gdpr"),
)
"""How a regime is written, to the law it means; the first that fits."""

_LOWER = {8, 11, *range(25, 40), 41, 42, 43}
_HIGHER = {5, 6, 7, 9, *range(12, 23), *range(44, 50), *range(85, 92)}
_RANGE = re.compile(r"(\d+)\s*(?:-|–|to)\s*(\d+)")  # noqa: RUF001 - some write ranges so


def law_of(regime: str | None) -> str | None:
    """The law that a regime names, or None where none of the rules is under it."""
    return next((law for words, law in _LAWS if regime and words.search(regime)), None)


def articles(provision: str) -> set[int]:
    """The articles of the GDPR that a provision names, however it is written.

    >>> sorted(articles("GDPR Art. 6(1)(f)")), sorted(articles("Arts 12-14 RGPD"))
    ([6], [12, 13, 14])
    """
    plain = re.sub(r"\([^)]*\)|\b2016/679\b", " ", provision)
    found = {int(number) for number in re.findall(r"(?<![\d-])\d{1,2}(?![\d-])", plain)}
    for first, last in _RANGE.findall(plain):
        found |= set(range(int(first), int(last) + 1))
    return found


def tier_of(provisions: Iterable[str], law: str) -> Tier | None:
    """The tier that provisions fall into: that of the gravest, as Article 83(3) has it. None where
    none of them decides it."""
    tiers: set[Tier] = set()
    for provision in provisions:
        if law_of(provision) not in ("gdpr", "uk-gdpr"):
            # The French law has the lower amounts for all that the GDPR does not put higher.
            tiers |= {"lower"} if law == "fr-lil" else set()
            continue
        named = articles(provision)
        if 58 in named:
            tiers.add("order" if "58(2)" in provision.replace(" ", "") else "higher")
        if named & _HIGHER:
            tiers.add("higher")
        if named & _LOWER:
            tiers.add("lower")
    return next((tier for tier in _GRAVEST if tier in tiers), None)


_GRAVEST: tuple[Tier, ...] = ("higher", "order", "lower")


@lru_cache(maxsize=4096)
def rule_for(
    regime: str | None, decided_on: str | None, provisions: tuple[str, ...]
) -> Ceiling | None:
    """The rule that a decision of a day is held against, or None where no rule can be told."""
    law = law_of(regime)
    if law is None or decided_on is None:
        return None
    day = earliest(decided_on)
    # Until it had amounts of its own, the law of the United Kingdom was the GDPR.
    if law == "uk-gdpr" and day < "2021-01-01":
        law = "gdpr"
    tiers = {"any", tier_of(provisions, law)}
    fitting = (rule for rule in RULES if rule.law == law and rule.tier in tiers)
    return next((rule for rule in fitting if rule.in_force_on(day)), None)


_MOVING = {"imposed_on", "amount_minor", "legal_status", "turnover_minor", "turnover_currency"}


def keep_ceilings(case: Case) -> None:
    """Work out anew the ceilings that rest on what the event being applied has changed."""
    moved: dict[Fine, None] = {}
    for row, before in case.pending.items():
        if type(row) is Infringement:
            moved = dict.fromkeys(case.of(Fine).values())
            break
        if type(row) is Fine and not _MOVING.isdisjoint(before):
            moved[row] = None
    for fine in moved:
        if fine.kind == "fine" and fine.imposed_on is not None:
            case.set(fine, **_told(case, fine))


class Told(NamedTuple):
    """What the columns of a fine say of its ceiling."""

    ceiling_minor: int | None = None
    ceiling_basis: str | None = None
    at_ceiling: bool | None = None


def _told(case: Case, fine: Fine) -> dict[str, object]:
    decided_on = fine.decided_on or fine.imposed_on
    rule = rule_for(case.row.regime, decided_on, _found(case, fine))
    return (_worked_out(fine, rule) if rule else Told())._asdict()


def _worked_out(fine: Fine, rule: Ceiling) -> Told:
    if fine.currency != rule.currency:
        words = f"{rule.rule_id} is in {rule.currency}, the fine in {fine.currency}"
        return Told(ceiling_basis=f"{words}; nothing is converted")
    fixed = rule.fixed * 10**fine.digits
    shown = readable(fixed, fine.digits, fine.currency)
    if rule.percent is None:
        return Told(fixed, f"{rule.rule_id}: {shown}", _amount(fine) >= fixed)
    if fine.turnover_minor is None or fine.turnover_currency != fine.currency:
        other = f"in {fine.turnover_currency}, and nothing is converted"
        why = "not recorded" if fine.turnover_minor is None else other
        basis = f"{rule.rule_id}: at least {shown}; {rule.percent} % of a turnover that is {why}"
        return Told(fixed, basis, None)
    share = fine.turnover_minor * rule.percent // 100
    turnover = readable(fine.turnover_minor, fine.digits, fine.currency)
    part = readable(share, fine.digits, fine.currency)
    basis = f"{rule.rule_id}: the higher of {shown} and {rule.percent} % of {turnover}, {part}"
    return Told(max(fixed, share), basis, _amount(fine) >= max(fixed, share))


def _amount(fine: Fine) -> int:
    """What is held against the ceiling: the amount in force, else that which was imposed."""
    return fine.amount_minor if fine.stands else fine.imposed_minor or 0


def _found(case: Case, fine: Fine) -> tuple[str, ...]:
    """Provisions that those behind a fine were found to have infringed."""
    parties = case.of(Party)
    names = {fine.respondent, *(parties[ref].name for ref in case.behind.get(fine.ref, ()))}
    found = case.of(Infringement).values()
    return tuple([r.provision for r in found if r.status == "found" and r.respondent in names])


OVER = "fine_over_ceiling"
"""Code of a fine that is higher than the law allows, as far as its turnover is recorded."""


def over_ceilings(case: Case) -> Iterator[tuple[Fine, Oddity]]:
    """Fines in force that are higher than a ceiling that is fully known."""
    for fine in case.of(Fine).values():
        if fine.at_ceiling and fine.stands and fine.amount_minor > (fine.ceiling_minor or 0):
            amount = readable(fine.amount_minor, fine.digits, fine.currency)
            words = f"fine {fine.fine_ref} of {amount} is above its ceiling ({fine.ceiling_basis})"
            yield fine, Oddity(OVER, words)
