"""Rows on what a case is about: its parties, orders, deadlines, referrals and infringements."""

from events.published import Row, published


@published("cases", key=())
class CaseRow(Row):
    """One row per case: what it is about and where it stands."""

    title: str | None = None
    """What the case is about, in a few words."""
    authority: str | None = None
    """The authority whose case it is, e.g. CNIL."""
    regime: str | None = None
    """The law it is decided under, e.g. GDPR."""
    jurisdiction: str | None = None
    """ISO 3166 code of the country, or part of one, whose law applies; EU for the Union."""
    stage: str = "not_opened"
    """Summary of where the case stands: not_opened, intake, investigation, notice,
    sanction_procedure, decided, under_review, remitted, enforcement, closed."""
    opened_on: str | None = None
    """Legal date on which the case was opened."""
    closed_on: str | None = None
    """Legal date on which it was closed; empty while it is open."""
    respondents: str | None = None
    """Names of those the case is directed against, joined by semicolons."""
    counted_in: str | None = None
    """The case that goes on, where this one was filed twice or merged into it; totals leave this
    one out: see the view cases_counted."""
    next_due_on: str | None = None
    """Earliest last day among the running deadlines. It may lie in the past: see the view
    overdue."""
    open_anomalies: int = 0
    """How many oddities stand in the case: see the table anomalies."""


@published("parties", key=("party_ref",))
class Party(Row):
    """One row per party in a case."""

    party_ref: str
    """The party throughout the ledger: given, or made from its name."""
    name: str
    """Name of the party."""
    role: str
    """Part it plays: respondent, complainant, representative, intervener, spokesperson, supplier
    or other."""
    other_roles: str | None = None
    """Further parts that it plays, joined by semicolons."""
    country: str | None = None
    """ISO 3166 code of the country where the party is established."""


@published("orders", key=("order_ref",))
class Order(Row):
    """One row per order: what somebody was told to do."""

    order_ref: str
    """The order within its case: its own number, or O1, O2, …"""
    title: str
    """What is ordered, in a few words."""
    respondents: str | None = None
    """Names of those to whom the order is addressed, joined by semicolons."""
    issued_on: str | None = None
    """Legal date of the order, as precise as it is known."""
    decided_on: str | None = None
    """Date of the decision, where it is stated apart."""
    notified_on: str | None = None
    """Date on which it was served."""
    published_on: str | None = None
    """Date on which it was made public."""
    due_on: str | None = None
    """Last day to comply: that of the first deadline that was set for it."""
    status: str = "active"
    """active, complied, breached, closed, revoked or annulled."""
    stayed: bool = False
    """1 while a court or the law holds the order off."""
    document: str | None = None
    """Number of the document that contains the order."""


@published("order_items", key=("order_ref", "item_no"))
class OrderItem(Row):
    """One row per thing that an order demands."""

    order_ref: str
    """The order."""
    item_no: int
    """Place of the item in the order: 1, 2, 3, …"""
    text: str
    """What is demanded."""
    dropped: bool = False
    """1 where the order was varied and no longer demands it."""


@published("deadlines", key=("deadline_ref",))
class Deadline(Row):
    """One row per deadline."""

    deadline_ref: str
    """The deadline within its case: D1, D2, …"""
    subject: str
    """What must be done by then."""
    order_ref: str | None = None
    """The order whose deadline it is."""
    due_on: str | None = None
    """Last day: the stated one where there is one, else the computed one; empty while unknown."""
    due_on_stated: str | None = None
    """Last day as a document states it."""
    due_on_computed: str | None = None
    """Last day as computed from the period and the day it runs from."""
    period: str | None = None
    """How long it is: an ISO 8601 duration, or a number of working days."""
    runs_from: str | None = None
    """Day of the event from which the computed period runs."""
    calendar: str | None = None
    """ISO 3166 code of the place whose public holidays count, where it is not that of the case."""
    rule: str | None = None
    """How the last day was found: as_stated, or the rule of law by its id."""
    status: str = "pending"
    """pending (last day unknown), running, met, missed, extended, suspended or cancelled."""
    missed_basis: str | None = None
    """finding: an authority established that it was missed; computed: found by the calendar."""
    missed_asserted_by: str | None = None
    """Who established that it was missed."""
    follows: str | None = None
    """The deadline from whose last day this one runs."""
    waits_for: str | None = None
    """What must happen before it runs, while that is awaited."""
    extensions: int = 0
    """How often it was extended; every earlier last day stands in changes."""
    explained: str | None = None
    """The computation as a sentence that can be checked by hand."""


@published("referrals", key=())
class Referral(Row):
    """One row per referral: a hand-over to another body."""

    referred_on: str | None = None
    """Legal date of the referral."""
    from_body: str | None = None
    """Who referred the case."""
    to_body: str
    """To whom."""
    reason: str | None = None
    """Why."""


@published("infringements", key=("provision", "respondent"))
class Infringement(Row):
    """One row per provision and respondent: what is alleged, and what was found."""

    provision: str
    """The provision, e.g. GDPR Art. 6: articles of the GDPR in one form, however they were
    written."""
    respondent: str
    """Who is said to have infringed it."""
    status: str
    """alleged, found or set_aside."""
    alleged_on: str | None = None
    """Legal date on which it was first alleged."""
    found_on: str | None = None
    """Legal date on which it was found."""
    as_stated: str | None = None
    """The provision as it was first written, where that is another form."""
