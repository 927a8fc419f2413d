"""A ledger's worth of events for measuring: cases of fines that are paid, late, or collected.

The rates and delays are rounded from the Road Traffic Fine Management Process of an Italian
municipal police (4TU, doi:10.4121/uuid:270fd440-1057-4fb9-89a9-b699b47990f5). The same seed gives
the same events.
"""

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import orjson

START = date(2000, 1, 1)
RATES: dict[str, list[tuple[str, float, int]]] = {
    "fined": [("sent", 0.69, 80), ("paid", 0.31, 10)],
    "sent": [("notified", 0.77, 30), ("paid", 0.03, 30), ("end", 0.20, 0)],
    "notified": [("penalty", 0.90, 60), ("paid", 0.06, 30), ("appeal", 0.04, 40)],
    "appeal": [("penalty", 0.70, 20), ("annulled", 0.05, 200), ("end", 0.25, 0)],
    "penalty": [("collected", 0.75, 500), ("paid", 0.25, 90)],
    "paid": [("end", 0.85, 0), ("paid", 0.15, 100)],
    "collected": [("end", 1.0, 0)],
    "annulled": [("end", 1.0, 0)],
}
"""What follows what, how often, and after how many days about."""

EVENTS: dict[str, tuple[str, dict[str, object]]] = {
    "fined": ("fine_imposed", {"fine": "F1", "respondent": "Offender", "amount": "36 EUR"}),
    "sent": ("charge_added", {"fine": "F1", "kind": "costs", "amount": "13 EUR"}),
    "notified": ("note_added", {"text": "The offender was notified of the fine"}),
    "penalty": ("charge_added", {"fine": "F1", "kind": "surcharge", "amount": "38 EUR"}),
    "paid": ("payment_received", {"fine": "F1", "amount": "36 EUR"}),
    "appeal": ("appeal_lodged", {"forum": "Prefecture", "fine": ["F1"]}),
    "annulled": ("fine_annulled", {"fine": "F1", "reason": "Dismissed"}),
    "collected": ("collection_referred", {"fine": "F1"}),
}


def events(count: int, seed: int = 1) -> Iterator[dict[str, object]]:
    """At least `count` events as lines of an import have them, the last case whole."""
    pick = random.Random(seed)
    made = number = 0
    while made < count:
        number += 1
        for event in _case(f"fine-{number:08d}", pick):
            made += 1
            yield event


def write(path: Path, count: int) -> None:
    """The same into a file, a line of JSON an event."""
    with path.open("wb") as out:
        for event in events(count):
            out.write(orjson.dumps(event) + b"\n")


def _case(case_id: str, pick: random.Random) -> Iterator[dict[str, object]]:
    on = START + timedelta(days=pick.randrange(5_000))
    opened: dict[str, object] = {
        "title": "Traffic fine",
        "authority": "Municipal police",
        "jurisdiction": "IT",
    }
    yield _line(case_id, 0, "case_opened", on, opened)
    state, step = "fined", 1
    while state != "end":
        type_name, data = EVENTS[state]
        yield _line(case_id, step, type_name, on, data)
        choices = RATES[state]
        state, _, days = pick.choices(choices, [rate for _, rate, _ in choices])[0]
        on += timedelta(days=pick.randrange(2 * days + 1))
        step += 1


def _line(
    case_id: str, step: int, type_name: str, on: date, data: dict[str, object]
) -> dict[str, object]:
    return {
        "case_id": case_id,
        "type": type_name,
        "id": str(step),
        "occurred_on": on.isoformat(),
        "source": "generated for measuring",
        "data": data,
    }


if __name__ == "__main__":
    for event in events(int(sys.argv[1])):
        sys.stdout.write(orjson.dumps(event).decode() + "\n")
