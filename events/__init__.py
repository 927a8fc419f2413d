"""The language of the domain: what can happen in a case, and what a case then is.

Pure: no SQL, no files, no clock. Importing this package fills the catalogue, in the order in
which a case lives its events.
"""

from events import (  # noqa: F401 I001 - the order of the catalogue
    opening,
    notice,
    orders,
    deadlines,
    referral,
    decision,
    fines,
    penalty,
    payment,
    review,
    publication,
    closing,
    record,
)
from events.base import CATALOGUE, Event, Oddity, UnknownType, load
from events.case import Case, Change
from events.history import fold
from events.versions import Recorded
from events.money import Money

__all__ = [
    "CATALOGUE",
    "Case",
    "Change",
    "Event",
    "Money",
    "Oddity",
    "Recorded",
    "UnknownType",
    "fold",
    "load",
]
