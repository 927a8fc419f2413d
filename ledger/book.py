"""The book: what people do with a ledger. The command line and every other client call this.

`append` is the only way in: it checks, records and projects in one transaction that holds the
write lock, so that there is never an event without its projection.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from events.case import Case
from events.confidential import WHOLE
from events.history import fold
from ledger import projections, schema
from ledger.appending import Batch, Courses, Many
from ledger.appending import Receipt as Receipt
from ledger.comparison import differences
from ledger.door import Proposed
from ledger.entry import Entry
from ledger.errors import FileTrouble, LedgerError, Malformed, NotFound, Refused
from ledger.legible import legible
from ledger.moments import day, last_known
from ledger.namesakes import case_meant
from ledger.placing import made
from ledger.private import Private, private_path, require_apart
from ledger.seal import leaf_hash
from ledger.sealing import Sealing
from ledger.store import Store


class Book:
    """An open ledger, with its published tables. For one thread."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        read_only: bool = False,
        private: bool = False,
        wait_seconds: float = 30.0,
    ) -> None:
        """With `private`, cases are told with their confidential values; only for reading.

        Raises FileTrouble where the file is missing or is no ledger, Busy where it is in use.
        """
        if private and not read_only:
            raise ValueError("what is confidential is never in the published tables: read only")
        self.store = Store(path, read_only=read_only, wait_seconds=wait_seconds)
        self._opens_private = private
        self._has_kept_up = self._is_writing = False
        self._courses = Courses()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.store.close()

    # Appending ------------------------------------------------------------------------------

    def append(
        self,
        proposals: Sequence[Proposed],
        *,
        by: str,
        expect: int | str | None = None,
        admit: bool = False,
        openly: bool = False,
        dry_run: bool = False,
    ) -> list[Receipt]:
        """Append events, of one case or of many: all of them, or none.

        `by` is who appends them. `expect` is what the caller takes each case to be: a version,
        `new`, `exists`, or None for anything. An event that adds an oddity to its case is refused
        unless `admit`, and one that tells in the open what the case seals unless `openly`. With
        `dry_run` everything is worked out and nothing is recorded.

        Raises Refused, VersionConflict, Malformed, NotFound; Busy and FileTrouble. None of them
        changes anything.
        """
        receipts: dict[str, Receipt] = {}
        try:
            with self.writing():
                for case_id, some in groupby(proposals, lambda proposal: proposal.case_id):
                    batch = Batch(
                        self.store,
                        case_id,
                        by=by,
                        admit=admit,
                        openly=openly,
                        sealing=self._sealing,
                        courses=self._courses,
                    )
                    receipts |= batch.append(list(some), expect)
                if dry_run:
                    raise _DryRunError
        except _DryRunError:
            pass
        return [receipts[proposal.event_id] for proposal in proposals]

    def append_cases(
        self, cases: Sequence[Sequence[Proposed]], *, by: str, admit: bool = False
    ) -> list[list[Receipt] | LedgerError]:
        """Append events to many cases, in one transaction, faster than one after the other.

        Each of `cases` is the events of one, and no case may come twice. Of a case all events are
        recorded or none: what `append` would raise for it, Refused or Malformed, stands in its
        place then. Raises Busy, FileTrouble.
        """
        done: list[list[Receipt] | LedgerError] = []
        names = [case[0].case_id for case in cases if case]
        if len(set(names)) < len(names):
            raise ValueError("a case comes twice: put its events together")
        with self.writing():
            many = Many(self.store, cases)
            for case in cases:
                if not case:
                    done.append([])
                    continue
                batch = Batch(
                    self.store,
                    case[0].case_id,
                    by=by,
                    admit=admit,
                    sealing=self._sealing,
                    courses=self._courses,
                    among=many,
                )
                try:
                    receipts = batch.append(list(case), None)
                    done.append([receipts[proposal.event_id] for proposal in case])
                except (Refused, Malformed) as error:
                    done.append(error)
            many.write(self.store)
        return done

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction for several appends: all of it is recorded, or nothing. May be nested."""
        if self._is_writing:
            with self.store.writing():
                yield
            return
        try:
            with self.store.writing():
                self._keep_up()
                self._is_writing = True
                yield
                self._sealing.keep(self.store)
        finally:
            self._is_writing = False
            self._sealing.settle(self.store)

    @cached_property
    def private(self) -> Private:
        """The file of the confidential values; it may not be there."""
        (ledger_id,) = self.store.conn.execute("select ledger_id from main.meta").fetchone()
        path = private_path(self.store.path)
        require_apart(path, self.store.path)
        return Private(path, ledger_id)

    @cached_property
    def _sealing(self) -> Sealing:
        return Sealing(self.private, schema.setting(self.store.conn, "clerk_role"))

    def _keep_up(self) -> None:
        """Rebuild the published tables of a file that an older version of the program wrote."""
        if self._has_kept_up:
            return
        shape, as_of = self.published_as()
        self.require_original("takes no events")
        if as_of:
            raise Refused(
                f"this ledger was made to show its cases as of {as_of}, and takes no events",
                hint="append to the ledger that it was made from",
            )
        if shape != projections.shape():
            self._rebuild(None)
        self._sealing.settle_all(self.store)
        self._has_kept_up = True

    def require_original(self, why: str) -> None:
        """Raises Refused, with what cannot be done, where this is a copy made for the public."""
        if published_at := schema.setting(self.store.conn, "published_at"):
            raise Refused(
                f"this is a copy made for the public on {published_at[:10]}, and {why}",
                hint="go to the ledger that it was made from",
            )

    # Reading --------------------------------------------------------------------------------

    def limit(self, known_at: str | None) -> int | None:
        """The last position known at a moment: a position in digits, the end of a day in UTC, or
        an instant. None where all counts. Raises Malformed, also for a position after the last."""
        return last_known(self.store, known_at)

    def entries(self, case_id: str, known_at: str | None = None) -> list[Entry]:
        """The events of a case that were known at a moment, by position. Raises NotFound."""
        limit = self.limit(known_at)
        found = self.store.entries(case_id)
        if not found:
            meant = case_meant(self.store, case_id)
            raise NotFound(
                f"there is no case {case_id!r} in this ledger",
                hint=f"did you mean {meant}?" if meant else "`caseledger cases` lists them",
                case_id=case_id,
            )
        return [self._told(entry) for entry in found if limit is None or entry.position <= limit]

    def by_case(self, known_at: str | None = None) -> Iterator[tuple[str, list[Entry]]]:
        """Every case with its events that were known at a moment, one case at a time."""
        for case_id, entries in self.store.by_case(self.limit(known_at)):
            yield case_id, [self._told(entry) for entry in entries]

    def opened(self, entries: Iterable[Entry]) -> list[Entry]:
        """Events with their confidential values in their places, as far as these are there.

        Raises FileTrouble.
        """
        return self._sealing.opened_all(entries)

    def _told(self, entry: Entry) -> Entry:
        return self._sealing.opened_whole(entry) if self._opens_private else entry

    def case(self, case_id: str, as_of: str | None = None, known_at: str | None = None) -> Case:
        """A case as it stood on a legal day, by what was known at a moment.

        Both left out, it is the present one. Raises NotFound, Malformed.
        """
        return self.folded(case_id, self.entries(case_id, known_at), as_of)

    def folded(self, case_id: str, entries: Sequence[Entry], as_of: str | None = None) -> Case:
        """What events of a case come to, as this book tells them. Raises Malformed."""
        case = fold(case_id, entries, day_of(as_of))
        if self._opens_private:
            self._sealing.reveal(case, entries)
        return case

    def cases(self, as_of: str | None = None, known_at: str | None = None) -> Iterator[Case]:
        """Every case that had come to be, by case_id: as `case`, one at a time in memory.

        Raises Malformed.
        """
        for case_id, entries in self.by_case(known_at):
            case = self.folded(case_id, entries, as_of)
            if case.step:
                yield case

    def event_at(self, position: int) -> Entry:
        """The event at a position. Raises NotFound."""
        entry = self.store.at(position)
        if entry is None:
            raise NotFound(
                f"there is no event at position {position}; the last one is {self.store.size()}",
                position=position,
            )
        return entry

    # The published tables -------------------------------------------------------------------

    def published_as(self) -> tuple[str | None, str | None]:
        """The shape of the published tables in the file, and the day as of which they were made."""
        return projections.made_as(self.store.conn)

    @property
    def is_current(self) -> bool:
        """Whether the published tables are of this version of the program."""
        return self.published_as()[0] == projections.shape()

    def require_current(self) -> None:
        """Raises FileTrouble where the published tables are of another version of the program."""
        if not self.is_current:
            raise FileTrouble(
                "the published tables were made by another version of caseledger",
                hint="`caseledger rebuild` makes them anew from the events",
            )

    def rebuild(self) -> int:
        """Make every published table anew from the events; returns how many cases there are.

        One transaction: readers see the old tables or the new ones, never half. Raises
        VerificationFailed where the events cannot be read.
        """
        with self._rebuilding():
            self._sealing.settle_all(self.store)
            return self._rebuild(self.published_as()[1])

    @contextmanager
    def _rebuilding(self) -> Iterator[None]:
        # The tables refer to each other, and are dropped and made one by one.
        self.store.conn.execute("pragma foreign_keys = off")
        try:
            with self.store.writing():
                yield
        finally:
            self.store.conn.execute("pragma foreign_keys = on")

    def _rebuild(self, as_of: str | None) -> int:
        conn = self.store.conn
        projections.create(conn)
        with legible(self.store):
            count = projections.write_all(conn, projections.folded(self.store.by_case(), as_of))
        projections.index(conn)
        told = projections.shape() + (f" as of {as_of}" if as_of else "")
        conn.execute("update main.meta set published_shape = ?", (told,))
        return count

    def rebuild_into(
        self, out: str | os.PathLike[str], as_of: str | None = None, known_at: str | None = None
    ) -> int:
        """Make another ledger as this one was known at a moment, its tables as of a legal day.

        It holds the same entries up to that moment, and so the root of that moment, and has the
        settings of this one: of a publication it is a publication. It appears at `out` when it is
        whole. Returns how many cases it has. Raises Malformed, Refused where there is a file at
        `out`, VerificationFailed where the events cannot be read, FileTrouble.
        """
        stood_on = day_of(as_of)
        with self.store.reading(), made(Path(out).resolve()) as temporary:
            create_from(self, temporary, schema.settings_of(self.store.conn))
            with Book(temporary) as other, other._rebuilding():
                for position, text, leaf in self.store.leaves(self.limit(known_at)):
                    if text is None:
                        other.store.withhold(position, leaf)
                    else:
                        other.store.restore(text)
                return other._rebuild(stood_on)

    def publish_into(self, out: str | os.PathLike[str], published_at: str) -> tuple[int, int]:
        """Make a copy for the public, without the events that are confidential as a whole and
        those about them; of each of these its fingerprint is there, so the root is the same.

        Returns how many cases it shows, and how many events it does not. Raises as `rebuild_into`,
        Refused where this is such a copy itself.
        """
        withheld = 0
        with self.store.reading(), made(Path(out).resolve()) as temporary:
            create_from(self, temporary, {"published_at": published_at})
            hidden = self._hidden()
            with Book(temporary) as other:
                with other._rebuilding():
                    for position, text in self.store.texts():
                        if position in hidden:
                            withheld += 1
                            other.store.withhold(position, leaf_hash(text))
                        else:
                            other.store.restore(text)
                    count = other._rebuild(None)
                other.store.compact()
        return count, withheld

    def _hidden(self) -> set[int]:
        """Positions of the events that are confidential as a whole, and of those about them, and
        about these, in whatever order they were recorded."""
        hidden = {one.event_id: one.position for one in self.store.sealing() if WHOLE in one.seals}
        others = list(self.store.about_others()) if hidden else []
        while about := [
            one
            for one in others
            if one.event_id not in hidden and (one.corrects or one.data.get("target")) in hidden
        ]:
            hidden |= {one.event_id: one.position for one in about}
        return {*hidden.values()}

    def restore(self, texts: Iterable[str]) -> int:
        """Record entries exactly as they once were, in their order, and make the tables from them.

        Where names of clerks are sealed in them, this ledger seals names from now on, under the
        role of the last one. All of them or none. Returns how many cases there are. Raises what
        `Store.restore` does, VerificationFailed where they are no events that can be read.
        """
        role = None
        with self._rebuilding():
            for text in texts:
                role = self.store.restore(text).resolved.get("role", role)
            if role and not schema.setting(self.store.conn, "clerk_role"):
                schema.add_setting(self.store.conn, "clerk_role", role)
            return self._rebuild(None)

    def check(self) -> list[str]:
        """Where the published tables and views are not what the events come to, or not as this
        program makes them; empty if nowhere. Raises VerificationFailed where the events cannot be
        read."""
        with self.store.reading():
            if not self.is_current:
                return ["the published tables were made by another version of caseledger"]
            as_of = self.published_as()[1]
            with legible(self.store):
                cases = projections.folded(self.store.by_case(), as_of)
                return list(differences(self.store.conn, cases))


def create(path: str | os.PathLike[str], title: str, *, clerk_role: str | None = None) -> str:
    """Make an empty ledger with its published tables; returns its id, a UUID.

    With `clerk_role` the names of those who record are sealed, and it stands in their place.
    Raises Refused where something stands there already, FileTrouble where nothing can.
    """
    settings = {"clerk_role": clerk_role} if clerk_role else {}
    ledger_id = schema.create(path, title, settings=settings)
    with Book(path) as book:
        book.rebuild()
    return ledger_id


def create_from(
    book: Book, path: str | os.PathLike[str], settings: Mapping[str, str] | None = None
) -> None:
    """Make an empty ledger that is to hold the events of another: it has the same id and title."""
    query = "select title, ledger_id, created_at from main.meta"
    title, ledger_id, created_at = book.store.conn.execute(query).fetchone()
    schema.create(path, title, ledger_id=ledger_id, created_at=created_at, settings=settings or {})


class _DryRunError(Exception):
    """Ends a transaction whose result is not to be kept."""


def day_of(as_of: str | None) -> str | None:
    """The day of an `as-of`, in full; None where there is none. Raises Malformed."""
    return day("as-of", as_of) if as_of else None
