"""Rows on what was said of a case and of its events: reviews, statements, oddities, history."""

from events.published import Row, published


@published("appeals", key=("appeal_ref",))
class Appeal(Row):
    """One row per review: an appeal, an application to annul, a request for permission."""

    appeal_ref: str
    """The review within its case: A1, A2, …, or its own number."""
    forum: str | None = None
    """The court or tribunal."""
    appellant: str | None = None
    """Who asked for the review; it may be the authority."""
    against: str | None = None
    """Fines, orders and decisions under review, joined by semicolons."""
    lodged_on: str | None = None
    """Legal date on which it was lodged."""
    status: str = "pending"
    """pending, permission_refused, decided or remitted (sent back to this forum and pending
    again)."""
    outcome: str | None = None
    """dismissed, allowed, partly_allowed, withdrawn, inadmissible, settled or remitted."""
    decided_on: str | None = None
    """Legal date of the outcome."""

    @property
    def is_open(self) -> bool:
        """Whether the forum has still to decide."""
        return self.status in ("pending", "remitted")


@published("statements", key=())
class Statement(Row):
    """One row per statement: who said what, and through whom."""

    speaker: str
    """Whose statement it is."""
    conveyed_by: str | None = None
    """Who passed it on, e.g. a press agency; not a party by that alone."""
    stated_on: str | None = None
    """Legal date of the statement."""
    topic: str | None = None
    """What it is about."""
    text: str
    """What was said, in the words or in the sense of the source."""


@published("links", key=("other_case_id", "relation"))
class Link(Row):
    """One row per link to another case."""

    other_case_id: str
    """The other case; it need not be in this ledger."""
    relation: str
    """How this case relates to the other one."""


@published("conflicts", key=("position", "field", "other_value"))
class Conflict(Row):
    """One row per disputed value: two sources disagree, and both are kept."""

    position: int
    """Position of the event whose value is disputed."""
    field: str
    """The field of that event."""
    recorded_value: str | None = None
    """What the ledger goes by."""
    other_value: str
    """What the other source says."""
    source: str | None = None
    """The other source."""
    confidence: str | None = None
    """How far the other source can be relied on: A official, B credible, C weak, D not seen."""
    resolved: bool = False
    """1 where it was settled: the ledger goes by the other value, or somebody found which value is
    right."""
    resolved_as: str | None = None
    """recorded, other or neither: which value was found to be right."""


@published("anomalies", key=("position", "code"))
class Anomaly(Row):
    """One row per oddity that stands: an event that contradicts the case."""

    position: int
    """Position of the event."""
    code: str
    """Kind of oddity."""
    message: str
    """What is odd, as a sentence."""
    applied: bool = True
    """0 where the event could not be applied to the case, 1 where it was applied all the same."""


@published("history", key=("position",))
class Step(Row):
    """One row per event of a case, in legal order: what the view timeline tells."""

    position: int
    """Position of the event."""
    step: int
    """Its place in the legal order of the case: 1, 2, 3, …"""
    effective_on: str | None = None
    """Legal date by which it is ordered, as precise as it is known."""
    status: str = "applied"
    """applied, not_applied (see anomalies), withdrawn, confidential (it says nothing here), or
    record for an event about another one."""
    corrected_by: int | None = None
    """Position of the event that withdrew it, or else of the last one that corrected it."""
    summary: str
    """The event in one line, as corrected."""
