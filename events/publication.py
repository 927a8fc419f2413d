"""Publication: what was made public, what was said, what is worth noting."""

from events.base import Event, Moment
from events.case import Case
from events.rows import Fine, Order, Statement
from events.words import Line, Text


class DecisionPublished(Event, name="decision_published"):
    """A decision was made public. Fines and orders with the same `document` take this date."""

    url: Line | None = None
    """Where it can be read."""
    anonymised: bool = False
    """Whether names were left out."""

    def apply(self, case: Case, at: Moment) -> None:
        rows: list[Fine | Order] = [*case.of(Fine).values(), *case.of(Order).values()]
        for row in rows:
            named = self.document in (
                row.document,
                row.fine_ref if isinstance(row, Fine) else row.order_ref,
            )
            if self.document and named and at.on and row.published_on is None:
                case.set(row, published_on=at.on)

    def summary(self, at: Moment) -> str:
        return f"Decision{f' {self.document}' if self.document else ''} published"


class StatementMade(Event, name="statement_made"):
    """Somebody said something about the case in public. It is recorded as said, not as true."""

    speaker: Line
    """Whose statement it is."""
    conveyed_by: Line | None = None
    """Who passed it on, e.g. a press agency; that alone makes nobody a party."""
    topic: Line | None = None
    """What it is about."""
    text: Text
    """What was said, in the words or in the sense of the source."""

    def apply(self, case: Case, at: Moment) -> None:
        case.put(
            Statement(
                speaker=self.speaker,
                conveyed_by=self.conveyed_by,
                stated_on=at.on,
                topic=self.topic,
                text=self.text,
            )
        )

    def summary(self, at: Moment) -> str:
        via = f" through {self.conveyed_by}" if self.conveyed_by else ""
        return f"{self.speaker}{via}: {self.text}"


class NoteAdded(Event, name="note_added"):
    """Something worth knowing that no other type of event says."""

    text: Text
    """The note."""

    def summary(self, at: Moment) -> str:
        return self.text
