"""What became of an import, as a value: all that is wrong with a file is told at once."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

SHOWN = 5
"""How many of the first events are shown."""
REFUSALS_KEPT = 200
"""How many refusals are kept in words; the rest are counted."""

Progress = Callable[[str, int, int | None], None]
"""Called now and then with a stage (`read`, `check`, `write`), how far it is, and how far it goes:
bytes of the file for `read`, events for the others. The end is None where it is unknown."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of the file that cannot be recorded."""

    line: int
    """Line of the file, from 1; of its first line, where it runs over several."""
    case_id: str | None
    """The case, where it could be told."""
    message: str
    hint: str | None = None
    is_malformed: bool = True
    """Whether it is no event at all; otherwise it is one, and a rule forbids to record it."""

    @property
    def sentence(self) -> str:
        """The refusal with its place."""
        case = f", case {self.case_id}" if self.case_id else ""
        return f"line {self.line}{case}: {self.message}"


@dataclass(slots=True, kw_only=True)
class ImportReport:
    """What became of a file, or would, where it was only tried."""

    file: str
    is_dry_run: bool = False
    is_recorded: bool = False
    """Whether anything of the file was to be recorded: not on a dry run, and not with refusals
    unless the rest was asked for."""
    goes_on: bool = False
    """Whether cases without a refusal were to be recorded where others have one."""
    cases: int = 0
    """Cases of the file that were taken in, new or not."""
    events: int = 0
    """Events recorded; where nothing was to be recorded, those that would have been."""
    known: int = 0
    """Events recorded before, with the same content."""
    corrected: int = 0
    """Of the events recorded, those that correct what an earlier edition of the file said."""
    follow_ups: int = 0
    """Last days that the ledger computed anew because of them; not among `events`."""
    by_type: Counter[str] = field(default_factory=Counter)
    """Events recorded, by type."""
    oddities: Counter[str] = field(default_factory=Counter)
    """Oddities of the events recorded, by code; they are on show in `anomalies`."""
    refused: int = 0
    """Parts of the file that were refused."""
    malformed: int = 0
    """Of those, the ones that are no events at all."""
    refused_cases: int = 0
    """Cases of which nothing was recorded, because a part of them was refused."""
    refusals: list[Refusal] = field(default_factory=list)
    """The first of them, by line."""
    first: list[str] = field(default_factory=list)
    """The first events recorded, in words."""
    disappeared: list[str] = field(default_factory=list)
    """Cases that an earlier edition of the file had and this one has not. Nothing is recorded of
    that: what is no longer listed is not closed."""
    gone: list[str] = field(default_factory=list)
    """Events that an earlier edition had of a case that is still listed, and this one has not: its
    position, type and case. They stay in force."""
    recorded_openly: int = 0
    """Known events that tell in the open what the file would keep confidential; they stay so."""
    unmet: list[str] = field(default_factory=list)
    """What case files expect of their cases and is not so, where the ledger knows more of them."""
    continued_to: str | None = None
    """The file that what was refused was written to."""

    @property
    def was_refused(self) -> bool:
        """Whether nothing was recorded because of refusals."""
        return self.refused > 0 and not self.is_recorded

    def told(self) -> dict[str, Any]:
        """All of it for programs, counts by name as they are."""
        # dataclasses.asdict makes counts of pairs of a Counter, which no JSON can hold.
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return values | {"refusals": [asdict(refusal) for refusal in self.refusals]}

    @property
    def fate(self) -> str:
        """What became of the events of the file, or would where it was only tried: `recorded`,
        `would be recorded`, `nothing is recorded`, `nothing would be recorded`."""
        if self.refused and not self.is_recorded and not self.goes_on:
            return f"nothing {'would be' if self.is_dry_run else 'is'} recorded"
        return "recorded" if self.is_recorded else "would be recorded"

    @property
    def exit_code(self) -> int:
        """How a command ends that did this: 0, 1 refused by a rule, 2 malformed."""
        return (2 if self.malformed else 1) if self.was_refused else 0
