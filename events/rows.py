"""The rows a case publishes: one class per table, one field per column, in the field's own words.

Imported in the order in which a reader meets the tables.
"""

from events.rows_case import (
    CaseRow,
    Deadline,
    Infringement,
    Order,
    OrderItem,
    Party,
    Referral,
)
from events.rows_money import (
    Fine,
    FineRespondent,
    Instalment,
    Liquidation,
    Payment,
    PenaltyRate,
    PeriodicPenalty,
)
from events.rows_record import (
    Anomaly,
    Appeal,
    Conflict,
    Link,
    Statement,
    Step,
)

__all__ = [
    "Anomaly",
    "Appeal",
    "CaseRow",
    "Conflict",
    "Deadline",
    "Fine",
    "FineRespondent",
    "Infringement",
    "Instalment",
    "Link",
    "Liquidation",
    "Order",
    "OrderItem",
    "Party",
    "Payment",
    "PenaltyRate",
    "PeriodicPenalty",
    "Referral",
    "Statement",
    "Step",
]
