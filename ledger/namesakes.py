"""What was meant by a name that the ledger has not, or has a little otherwise."""

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from shlex import quote

from ledger.entry import Entry
from ledger.store import Store

_CLOSE = 0.8
"""How alike two names are that may be meant for one: the ratio of `difflib`."""
_LOOKED_AT = 3_000
"""How many names are held against the one that was written."""
_SAME = "select case_id from main.cases where lower(case_id) = lower(?) limit 1"
_OTHER_CASE = (
    "select case_id from main.cases where lower(case_id) = lower(?1) and case_id <> ?1 limit 1"
)
_IS_KNOWN = "select count(*) from (select 1 from main.cases where authority = ? limit 2)"
_AUTHORITIES = "select distinct authority from main.cases where authority <> ? limit ?"
_BEGIN_ALIKE = (
    "select case_id from main.cases where lower(substr(case_id, 1, ?1)) = lower(substr(?2, 1, ?1))"
    " limit ?3"
)


def case_meant(store: Store, written: str) -> str | None:
    """The published case whose name differs in capitals alone, or a little; None where none does.

    Of the names that begin with the same letters some thousand are looked at.
    """
    # Whoever asks has a refusal to tell already; a file without its tables must not hide it.
    with suppress(sqlite3.Error, UnicodeError):
        if found := store.conn.execute(_SAME, (written,)).fetchone():
            return str(found[0])
        for length in (len(written) // 2, 2):
            rows = store.conn.execute(_BEGIN_ALIKE, (length, written, _LOOKED_AT))
            names = {str(name).casefold(): str(name) for (name,) in rows}
            if alike := get_close_matches(written.casefold(), names, n=1, cutoff=_CLOSE):
                return names[alike[0]]
    return None


def written_otherwise(store: Store, opening: Entry, authority: str) -> Iterator[str]:
    """What may be one and the same in a ledger, written otherwise in a case that was just opened:
    a sentence for each, with the cure."""
    for (other,) in store.conn.execute(_OTHER_CASE, (opening.case_id,)):
        yield (
            f"there is a case {other} as well; if it is the same one:"
            f" caseledger withdraw {opening.position} --reason …"
        )
    (known,) = store.conn.execute(_IS_KNOWN, (authority,)).fetchone()
    if known > 1:
        return
    rows = store.conn.execute(_AUTHORITIES, (authority, _LOOKED_AT))
    names = {str(name).casefold(): str(name) for (name,) in rows}
    for alike in get_close_matches(authority.casefold(), names, n=1, cutoff=_CLOSE):
        yield (
            f"other cases have the authority {names[alike]}; totals go by its name, so if it is the"
            f" same one: caseledger correct {opening.position} --authority {quote(names[alike])}"
        )
