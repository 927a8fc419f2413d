"""The decision: what a body found, provision by provision."""

from collections.abc import Iterator
from typing import Any, Literal

from events.base import Event, Lines, Moment, Oddity
from events.case import Case
from events.findings import decided_anew, infringement_unknown
from events.words import Line, Text


class DecisionAdopted(Event, name="decision_adopted"):
    """A body decided the case, or a part of it. Its fines and orders are events of their own."""

    decision: Line | None = None
    """Number of the decision, e.g. SAN-2022-019."""
    body: Line | None = None
    """Who decided, where it is not the authority as a whole, e.g. the restricted committee."""
    outcome: Literal["violation", "partly", "no_violation", "other"] | None = None
    """Whether a violation was found."""
    provision: Lines = ()
    """Provisions found to be infringed, by all respondents of the case."""
    note: Text | None = None
    """What it says in short."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if self.provision and not case.respondents():
            words = "the case has no respondent, so nobody is told to have infringed anything"
            yield Oddity("nobody_addressed", words)

    def apply(self, case: Case, at: Moment) -> None:
        case.infringed(self.provision, case.respondents(), status="found", found_on=at.on)
        decided_anew(case)

    def summary(self, at: Moment) -> str:
        number = f" {self.decision}" if self.decision else ""
        return f"Decision{number} adopted{f' by {self.body}' if self.body else ''}"


class AboutInfringement(Event):
    """What events on infringements have in common."""

    provision: Lines
    """The provision, e.g. GDPR Art. 6; give it again for each further one."""
    respondent: Lines = ()
    """Who is meant; all respondents of the case where left out."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if not (self.respondent or case.respondents()):
            yield Oddity("nobody_addressed", "the case has no respondent; name one")

    def tell(self, case: Case, **values: Any) -> None:
        """Note what is now said of the provisions."""
        case.infringed(self.provision, case.addressed(self.respondent), **values)


class InfringementAlleged(AboutInfringement, name="infringement_alleged"):
    """An authority holds that a provision was infringed, and has not decided yet."""

    def apply(self, case: Case, at: Moment) -> None:
        self.tell(case, status="alleged", alleged_on=at.on)

    def summary(self, at: Moment) -> str:
        return f"Infringement alleged: {', '.join(self.provision)}"


class InfringementFound(AboutInfringement, name="infringement_found"):
    """A decision found that a provision was infringed."""

    def apply(self, case: Case, at: Moment) -> None:
        self.tell(case, status="found", found_on=at.on)

    def summary(self, at: Moment) -> str:
        return f"Infringement found: {', '.join(self.provision)}"


class InfringementSetAside(AboutInfringement, name="infringement_set_aside"):
    """A finding or an allegation of an infringement no longer stands."""

    reason: Text | None = None
    """Why."""

    def doubts(self, case: Case, at: Moment) -> Iterator[Oddity]:
        yield from infringement_unknown(case, self.provision)

    def apply(self, case: Case, at: Moment) -> None:
        self.tell(case, status="set_aside")

    def summary(self, at: Moment) -> str:
        return f"Infringement set aside: {', '.join(self.provision)}"


class ReprimandIssued(Event, name="reprimand_issued"):
    """Somebody was reprimanded or warned. No money is owed by it."""

    respondent: Lines = ()
    """Who was reprimanded; all respondents of the case where left out."""
    provision: Lines = ()
    """Provisions that it rests on."""
    note: Text | None = None
    """What it says in short."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if not (self.respondent or case.respondents()):
            yield Oddity("nobody_addressed", "the case has no respondent; name one")

    def apply(self, case: Case, at: Moment) -> None:
        parties = case.addressed(self.respondent)
        case.infringed(self.provision, parties, status="found", found_on=at.on)
        decided_anew(case)

    def summary(self, at: Moment) -> str:
        whom = f" to {', '.join(self.respondent)}" if self.respondent else ""
        return f"Reprimand issued{whom}"
