"""The only place that reads the clock.

The environment variable CASELEDGER_NOW, an instant such as 2026-11-24T10:00:00Z, stops the clock
there. It is for documentation that must come out the same every day, and for nothing else; the
instants of a ledger never go back, whatever the clock says.
"""

import os
from datetime import UTC, datetime


def instant(text: str) -> str:
    """An ISO 8601 instant with its offset, in UTC and to the microsecond: …T10:00:00.000000Z.

    Instants in this form compare as text. Raises ValueError where there is no offset or no instant.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is not an instant; write one with its offset, like 2026-11-24T10:00:00Z"
        ) from None
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc_now() -> str:
    """The present instant: 2026-11-24T10:00:00.123456Z.

    Raises ValueError if CASELEDGER_NOW is set and is no instant.
    """
    fixed = os.environ.get("CASELEDGER_NOW")
    if fixed:
        return instant(fixed)
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def today() -> str:
    """The present day in UTC: 2026-11-24."""
    return utc_now()[:10]


def unix_millis() -> int:
    """Milliseconds since 1970, for ids that ascend with time."""
    return int(datetime.fromisoformat(utc_now()).timestamp() * 1000)
