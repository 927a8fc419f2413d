"""Opening a case: its file, its parties, what set it off, and its relatives."""

from collections.abc import Iterator
from typing import Literal

from events.base import Event, Moment, Oddity
from events.case import Case
from events.dates import Day
from events.periods import Duration
from events.rows import Deadline, Link, Party
from events.timing import deadline_known, start_of, time_deadline
from events.words import CaseId, Country, Line, Ref, Text, slug


class CaseOpened(Event, name="case_opened"):
    """The authority opened a file. It comes first in the case whatever its date."""

    title: Line
    """What the case is about, in a few words."""
    authority: Line
    """The authority whose case it is, e.g. CNIL."""
    regime: Line | None = None
    """The law it is decided under, e.g. GDPR."""
    jurisdiction: Country | None = None
    """ISO 3166 code of the place whose law and holidays apply: FR, DE-HH, EU."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if case.row.title is not None:
            yield Oddity("already_opened", f"the case is already open as {case.row.title!r}")

    def apply(self, case: Case, at: Moment) -> None:
        case.set(
            case.row,
            title=self.title,
            authority=self.authority,
            regime=self.regime,
            jurisdiction=self.jurisdiction,
            opened_on=at.seen(at.on),
        )
        if at.on is None or at.seen(at.on):
            case.reached.add("intake")

    def summary(self, at: Moment) -> str:
        return f"{self.authority} opened the case: {self.title}"


class PartyJoined(Event, name="party_joined"):
    """Somebody became a party to the case, or plays a further part in it."""

    name: Line
    """Name of the party."""
    role: Literal[
        "respondent",
        "complainant",
        "representative",
        "intervener",
        "spokesperson",
        "supplier",
        "other",
    ] = "respondent"
    """Part it plays in the case."""
    party: Ref | None = None
    """Reference to the party throughout the ledger; made from the name where left out."""
    country: Country | None = None
    """ISO 3166 code of the country where it is established."""

    @property
    def party_ref(self) -> str:
        """The reference as given, or made from the name."""
        return self.party or slug(self.name)

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        known = case.of(Party).get(self.party_ref)
        if known and self.role in (known.role, *(known.other_roles or "").split("; ")):
            yield Oddity("party_known", f"{self.party_ref} is already {self.role} in the case")

    def apply(self, case: Case, at: Moment) -> None:
        known = case.of(Party).get(self.party_ref)
        if known is None:
            case.put(
                Party(
                    party_ref=self.party_ref, name=self.name, role=self.role, country=self.country
                )
            )
            return
        case.cast(known, self.role)
        if self.country:
            case.set(known, country=self.country)

    def summary(self, at: Moment) -> str:
        return f"{self.name} joined as {self.role}"


class PartyRenamed(Event, name="party_renamed"):
    """A party goes by a new name from now on. It stays the same party."""

    party: Ref
    """The party: its reference, or its name so far."""
    name: Line
    """The new name."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if case.party(self.party) is None:
            yield Oddity("party_unknown", f"{self.party} is no party to the case")

    def apply(self, case: Case, at: Moment) -> None:
        party = case.party(self.party)
        assert party is not None
        case.former_names[party.name.casefold()] = party.party_ref
        case.set(party, name=self.name)

    def summary(self, at: Moment) -> str:
        return f"{self.party} is now called {self.name}"


class ComplaintReceived(Event, name="complaint_received"):
    """A complaint or an alert reached the authority."""

    complainant: Line | None = None
    """Who complained; left out where that is not public."""
    reference: Line | None = None
    """Number under which the authority keeps it."""
    representative: Line | None = None
    """Who filed it on their behalf, e.g. an association."""
    subject: Line | None = None
    """What it is about."""

    def apply(self, case: Case, at: Moment) -> None:
        for name, role in (
            (self.complainant, "complainant"),
            (self.representative, "representative"),
        ):
            known = case.party(name) if name else None
            if known:
                case.cast(known, role)
            elif name:
                case.put(Party(party_ref=slug(name), name=name, role=role))

    def summary(self, at: Moment) -> str:
        who = self.complainant or self.representative
        about = f": {self.subject}" if self.subject else ""
        return f"Complaint received{f' from {who}' if who else ''}{about}"


class InvestigationOpened(Event, name="investigation_opened"):
    """The authority began to investigate."""

    basis: Literal["complaint", "own_motion", "media", "referral", "other"] | None = None
    """What led to it."""
    reference: Line | None = None
    """Number of the decision to investigate."""
    body: Line | None = None
    """Who investigates, where it is not the authority of the case alone."""

    def apply(self, case: Case, at: Moment) -> None:
        case.reached.add("investigation")

    def summary(self, at: Moment) -> str:
        reference = f" ({self.reference})" if self.reference else ""
        return f"Investigation opened{f' by {self.body}' if self.body else ''}{reference}"


class InformationRequested(Event, name="information_requested", assigned={"deadline": "D"}):
    """The authority asked somebody for information: a questionnaire, an order to produce, an
    inspection."""

    respondent: Line | None = None
    """Who was asked; left out where that goes without saying."""
    subject: Line | None = None
    """What was asked for."""
    within: Duration | None = None
    """Period to answer: P2W, or 10 working days. It runs from service, else from the request."""
    due_on: Day | None = None
    """Last day to answer, as the request states it; it wins over a computed one."""
    deadline: Ref | None = None
    """The deadline that the request sets: D1, D2, … in order where left out."""

    def unassigned(self) -> dict[str, str]:
        return super().unassigned() if self.within or self.due_on else {}

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if self.within or self.due_on:
            yield from deadline_known(case, self.ref("deadline", at))

    def apply(self, case: Case, at: Moment) -> None:
        case.reached.add("investigation")
        if not (self.within or self.due_on):
            return
        deadline = Deadline(
            deadline_ref=self.ref("deadline", at),
            subject=self.subject or "Answer the authority",
            due_on_stated=self.due_on,
            period=self.within,
        )
        time_deadline(case, at, case.put(deadline), start_of(self, at))

    def summary(self, at: Moment) -> str:
        whom = f" from {self.respondent}" if self.respondent else ""
        return f"Information requested{whom}{f': {self.subject}' if self.subject else ''}"


class InvestigationClosed(Event, name="investigation_closed"):
    """The authority ended its investigation. The case itself is closed by `case_closed`."""

    outcome: Literal["no_action", "findings", "merged", "other"] | None = None
    """What it came to."""
    reason: Text | None = None
    """Why it was ended."""

    def summary(self, at: Moment) -> str:
        return f"Investigation closed{f': {self.outcome}' if self.outcome else ''}".replace(
            "_", " "
        )


_SAME_CASE = ("duplicate_of", "merged_into")


class CaseLinked(Event, name="case_linked"):
    """The case is related to another one. A case that was filed twice (`duplicate_of`) or went on
    in another one (`merged_into`) is counted there from then on, and left out of totals; where that
    one is not in this ledger or is counted here itself, the view `links_that_contradict` has it."""

    other_case: CaseId
    """The other case; it need not be in this ledger."""
    relation: Literal[
        "same_respondent",
        "follow_up",
        "parallel_authority",
        "customer_of",
        "appeal_of",
        "joint_investigation",
        "same_facts",
        "supersedes",
        "split_from",
        "duplicate_of",
        "merged_into",
    ]
    """How this case relates to the other one: `customer_of`, the respondent here used the service
    of the respondent there."""

    def objections(self, case: Case, at: Moment) -> Iterator[Oddity]:
        if f"{self.other_case}/{self.relation}" in case.of(Link):
            yield Oddity(
                "link_known", f"the case is already linked to {self.other_case} as {self.relation}"
            )
        if self.other_case == case.case_id:
            yield Oddity("link_to_itself", "a case is not linked to itself")

    def apply(self, case: Case, at: Moment) -> None:
        case.put(Link(other_case_id=self.other_case, relation=self.relation))
        if self.relation in _SAME_CASE:
            case.set(case.row, counted_in=self.other_case)

    def summary(self, at: Moment) -> str:
        return f"Linked to case {self.other_case} ({self.relation.replace('_', ' ')})"
