"""What is said of provisions: the doubts about it, and what a new decision takes back."""

from collections.abc import Iterable, Iterator

from events.base import Oddity
from events.case import Case
from events.provisions import known_as
from events.rows import Infringement


def infringement_unknown(case: Case, provisions: Iterable[str]) -> Iterator[Oddity]:
    """The doubt about setting aside what nobody alleged or found."""
    known = {row.provision for row in case.of(Infringement).values()}
    for provision in provisions:
        if known_as(provision, case.row.regime) not in known:
            words = f"nobody alleged or found an infringement of {provision}"
            yield Oddity("infringement_unknown", words)


def decided_anew(case: Case) -> None:
    """Note that the case was decided; after a remittal, that it stands where a decision puts it."""
    if "remitted" in case.reached:
        case.reached -= {"remitted", "enforcement"}
    case.reached.add("decided")
