"""Which case was meant, where there is none of the name that somebody wrote."""

import sqlite3
from contextlib import suppress
from difflib import get_close_matches

from ledger.store import Store

_LOOKED_AT = 3_000
"""How many names are held against the one that was written."""
_SAME = "select case_id from main.cases where lower(case_id) = lower(?) limit 1"
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
            if alike := get_close_matches(written.casefold(), names, n=1, cutoff=0.8):
                return names[alike[0]]
    return None
