"""The rows a case publishes: one class per table, one field per column, in the field's own words."""

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
    """Summary of where the case stands: not_opened, intake, investigation, notice, sanction_procedure, decided, under_review, remitted, enforcement, closed."""
    opened_on: str | None = None
    """Legal date on which the case was opened."""
    closed_on: str | None = None
    """Legal date on which it was closed; empty while it is open."""
    respondents: str | None = None
    """Names of those the case is directed against, joined by semicolons."""
    counted_in: str | None = None
    """The case that goes on, where this one was filed twice or merged into it; totals leave this one out."""
    next_due_on: str | None = None
    """Earliest last day among the running deadlines. It may lie in the past: see the view overdue."""
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
    """respondent, complainant, representative, intervener, spokesperson, supplier or other."""
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
    """Last day to comply, of the order's own deadline."""
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
    """The provision, e.g. GDPR Art. 6."""
    respondent: str
    """Who is said to have infringed it."""
    status: str
    """alleged, found or set_aside."""
    alleged_on: str | None = None
    """Legal date on which it was first alleged."""
    found_on: str | None = None
    """Legal date on which it was found."""


@published("fines", key=("fine_ref", "respondent"))
class Fine(Row):
    """One row per debt: a fine on one respondent, or on several jointly, or a liquidated penalty."""

    fine_ref: str
    """The fine within its case: the decision's own number, or F1, F2, …"""
    kind: str
    """fine, or periodic_penalty for a penalty payment that an authority has liquidated."""
    respondent: str
    """Who owes it; several names where they owe it jointly."""
    liability: str = "several"
    """several: this respondent alone; joint: all those in fine_respondents owe it once."""
    currency: str
    """ISO 4217 code of every amount in this row."""
    digits: int
    """Decimals of that currency (EUR 2, JPY 0), so that amounts in minor units can be read."""
    imposed_on: str | None = None
    """Legal date on which it was imposed; empty while it is only proposed."""
    decided_on: str | None = None
    """Date of the decision, where it is stated apart."""
    notified_on: str | None = None
    """Date on which the decision was served."""
    published_on: str | None = None
    """Date on which it was made public."""
    due_on: str | None = None
    """Last day to pay, as stated."""
    needs_confirmation: bool = False
    """1 while the law asks for a court's confirmation before it can be collected."""
    imposed_minor: int | None = None
    """As first imposed, in minor units of the currency."""
    amount_minor: int = 0
    """As it now stands in law, in minor units; 0 while proposed and where annulled."""
    charges_minor: int = 0
    """Surcharges, costs and interest added, in minor units."""
    paid_minor: int = 0
    """Payments received, in minor units."""
    refunded_minor: int = 0
    """Payments returned, in minor units."""
    written_off_minor: int = 0
    """Given up by the creditor, in minor units; never counted as paid."""
    balance_minor: int = 0
    """amount + charges − paid + refunded − written off, in minor units; negative if overpaid."""
    proposed_minor: int | None = None
    """What a notice of intent proposed (the lower end of a range), in minor units; in no balance."""
    proposed_max_minor: int | None = None
    """The upper end of a proposed range, in minor units; in no balance."""
    legal_status: str = "imposed"
    """proposed, imposed, varied, annulled or remitted."""
    enforceable: bool = False
    """1 where it is imposed and neither annulled, remitted nor stayed."""
    stayed: bool = False
    """1 while a court or the law holds its enforcement off."""
    payment_status: str = "none_recorded"
    """What somebody established: none_recorded, unpaid (see unpaid_as_of), part_paid, paid, overpaid, refunded."""
    unpaid_as_of: str | None = None
    """Last day on which somebody said that it had not been paid; says nothing of later days."""
    unpaid_asserted_by: str | None = None
    """Who said that it had not been paid."""
    recovery_status: str = "none"
    """none, plan, referred, insolvency or written_off."""
    turnover_minor: int | None = None
    """Turnover that the ceiling was taken from, in minor units of turnover_currency."""
    turnover_currency: str | None = None
    """ISO 4217 code of the turnover."""
    ceiling_minor: int | None = None
    """Highest fine the law allows, in minor units, where it could be told."""
    ceiling_basis: str | None = None
    """The rule and the figures behind the ceiling; at least, where the turnover is unknown."""
    at_ceiling: bool | None = None
    """1 where the amount imposed equals the ceiling; empty where that cannot be told."""
    document: str | None = None
    """Number of the document that imposed it."""

    @property
    def stands(self) -> bool:
        """Whether it is imposed and not annulled."""
        return self.legal_status not in ("proposed", "annulled", "remitted")


@published("fine_respondents", key=("fine_ref", "respondent", "party_ref"))
class FineRespondent(Row):
    """One row per respondent of a debt: who stands behind a row of fines."""

    fine_ref: str
    """The fine."""
    respondent: str
    """The respondent as the row of fines has it."""
    party_ref: str
    """The party throughout the ledger."""


@published("payments", key=("payment_ref",))
class Payment(Row):
    """One row per payment or refund."""

    payment_ref: str
    """The payment within its case: P1, P2, …"""
    kind: str
    """payment or refund."""
    fine_ref: str
    """The fine that it was made on."""
    respondent: str
    """The respondent as the row of fines has it."""
    currency: str
    """ISO 4217 code of the amount."""
    digits: int
    """Decimals of that currency."""
    amount_minor: int
    """Amount, in minor units of the currency."""
    interest_minor: int | None = None
    """Interest paid with a refund by the authority, in minor units; in no balance."""
    received_on: str | None = None
    """Legal date on which the money was received."""


@published("instalments", key=("fine_ref", "respondent", "instalment_no"))
class Instalment(Row):
    """One row per instalment of an agreed payment plan."""

    fine_ref: str
    """The fine that is paid in instalments."""
    respondent: str
    """The respondent as the row of fines has it."""
    instalment_no: int
    """Place of the instalment in the plan: 1, 2, 3, …"""
    currency: str
    """ISO 4217 code of the amount."""
    digits: int
    """Decimals of that currency."""
    amount_minor: int
    """Amount agreed, in minor units of the currency."""
    due_on: str | None = None
    """Last day to pay it."""
    replaced: bool = False
    """1 where a later plan took the place of the one that it belongs to."""


@published("periodic_penalties", key=("order_ref",))
class PeriodicPenalty(Row):
    """One row per penalty attached to an order: a threat with a rate, not yet a debt."""

    order_ref: str
    """The order that it enforces."""
    currency: str
    """ISO 4217 code of the rate."""
    digits: int
    """Decimals of that currency."""
    rate_minor: int
    """What accrues per unit, in minor units of the currency."""
    unit: str
    """calendar_day, working_day, week, month or violation."""
    accrues_from: str | None = None
    """First day on which it accrues: the day after the order's last day, once that was missed."""
    accrues_until: str | None = None
    """Last day on which it accrued; empty while it runs."""
    suspended_from: str | None = None
    """First day on which it does not accrue because a stay holds it off; empty while it runs."""
    suspended_days: int = 0
    """Days of ended stays on which it did not accrue."""
    liquidated_minor: int = 0
    """What the authority has turned into a debt so far, in minor units."""
    cap_minor: int | None = None
    """The most that can accrue, in minor units."""


@published("liquidations", key=("fine_ref",))
class Liquidation(Row):
    """One row per liquidation of a periodic penalty: the amount decided beside the amounts computed."""

    fine_ref: str
    """The debt that it made, in fines."""
    order_ref: str
    """The order whose penalty was liquidated."""
    period_from: str
    """First day of the period as the decision names it."""
    period_to: str
    """Last day of the period as the decision names it."""
    endpoints: str
    """Which of the two days count: not_stated, both or one."""
    days_one_endpoint: int
    """Days in the period if one of its two end days does not count."""
    days_both_endpoints: int
    """Days in the period if both end days count."""
    currency: str
    """ISO 4217 code of the amounts."""
    digits: int
    """Decimals of that currency."""
    decided_minor: int
    """Amount as the authority decided it, in minor units."""
    computed_one_endpoint_minor: int | None = None
    """Rate times days with one end day left out, in minor units; empty where the rate is not per calendar day."""
    computed_both_endpoints_minor: int | None = None
    """Rate times days with both end days counted, in minor units; empty where the rate is not per calendar day."""
    agrees: bool | None = None
    """1 where a reading of the period that the endpoints allow gives the amount decided."""


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
    """pending, permission_refused, decided or remitted (sent back to this forum and pending again)."""
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
    """1 where it was settled: the ledger goes by the other value, or somebody found which value is right."""
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
    """applied, not_applied (see anomalies), withdrawn, or record for an event about another one."""
    corrected_by: int | None = None
    """Position of the last event that corrected or withdrew it."""
    summary: str
    """The event in one line, as corrected."""
