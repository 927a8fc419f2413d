"""Rows on money: debts, who stands behind them, payments, penalties that accrue."""

from events.published import Row, published


@published("fines", key=("fine_ref", "respondent"))
class Fine(Row):
    """One row per debt: a fine on one respondent, or on several jointly, or a liquidated
    penalty."""

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
    """As imposed, before any change, in minor units of the currency."""
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
    """amount + charges - paid + refunded - written off, in minor units; negative if overpaid."""
    proposed_minor: int | None = None
    """What a notice of intent proposed (the lower end of a range), in minor units; in no
    balance."""
    proposed_max_minor: int | None = None
    """The upper end of a proposed range, in minor units; in no balance."""
    legal_status: str = "imposed"
    """proposed, imposed, varied, annulled or remitted."""
    enforceable: bool = False
    """1 where it is imposed, neither annulled, remitted nor stayed, and confirmed if it has to
    be."""
    stayed: bool = False
    """1 while a court or the law holds its enforcement off."""
    payment_status: str = "none_recorded"
    """What somebody established: none_recorded, unpaid (see unpaid_as_of), part_paid, paid,
    overpaid, refunded."""
    unpaid_as_of: str | None = None
    """Last day on which somebody said that it had not been paid; says nothing of later days."""
    unpaid_asserted_by: str | None = None
    """Who said that it had not been paid."""
    recovery_status: str = "none"
    """none, plan, referred, insolvency or written_off."""
    turnover_minor: int | None = None
    """Turnover that the ceiling was taken from, in turnover_currency, by the digits of this row."""
    turnover_currency: str | None = None
    """ISO 4217 code of the turnover."""
    ceiling_minor: int | None = None
    """Highest fine the law allows, in minor units; the basis says at least where it may be more."""
    ceiling_basis: str | None = None
    """The rule and the figures behind the ceiling; at least, where the turnover is unknown."""
    at_ceiling: bool | None = None
    """1 where the amount is at or above the ceiling; empty where that cannot be told."""
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
    rate_minor: int | None = None
    """What accrues per unit at present, in minor units of the currency; empty where it is not
    known. Earlier rates stand in penalty_rates."""
    unit: str = "calendar_day"
    """calendar_day, working_day, week, month or violation, at present."""
    accrues_from: str | None = None
    """First day on which it accrues, once the order is breached: the day after its last day (or, if
    that is unknown, the day on which it was found to be missed), but none before the penalty was to
    accrue as the decision that attached it says."""
    accrues_until: str | None = None
    """Last day on which it accrued; empty while it runs."""
    suspended_from: str | None = None
    """First day on which it does not accrue because a stay holds it off; empty while it runs."""
    suspended_days: int = 0
    """Days of ended stays on which it would have accrued, and did not."""
    liquidated_minor: int = 0
    """What the authority has turned into a debt so far, in minor units."""
    cap_minor: int | None = None
    """The most that can accrue, in minor units."""


@published("penalty_rates", key=("order_ref", "rate_no"))
class PenaltyRate(Row):
    """One row per rate that a periodic penalty has had: what accrued on a day, accrued at the rate
    of that day."""

    order_ref: str
    """The order whose penalty it is."""
    rate_no: int
    """Place of the rate among those of the penalty: 1, 2, 3, …"""
    applies_from: str | None = None
    """First day to which it applies. Empty in the first row: from when the penalty accrues; empty
    in a later one: not known."""
    applies_until: str | None = None
    """Last day to which it applied; empty for the present one."""
    unit: str
    """calendar_day, working_day, week, month or violation. A week or a month counts at the rate of
    the day that completes it."""
    currency: str
    """ISO 4217 code of the rate."""
    digits: int
    """Decimals of that currency."""
    rate_minor: int | None = None
    """What accrued per unit, in minor units of the currency; empty where it is not known."""
    suspended_days: int = 0
    """Days of ended stays to which it would have applied, and on which nothing accrued."""


@published("liquidations", key=("fine_ref",))
class Liquidation(Row):
    """One row per liquidation of a periodic penalty: the amount decided beside the amounts
    computed."""

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
    """Each day at its rate with one end day left out, in minor units: the last one, where the two
    have different rates; empty where a rate is not per calendar day."""
    computed_both_endpoints_minor: int | None = None
    """Each day at its rate with both end days counted, in minor units; empty where a rate is not
    per calendar day."""
    agrees: bool | None = None
    """1 where a reading of the period that the endpoints allow gives the amount decided."""
