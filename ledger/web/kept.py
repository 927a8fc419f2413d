"""Answers that cost a look at every case, kept for as long as they are right.

What a page adds up is a function of the events and of the day. On a ledger of a million events
adding up takes a second, so it is done once and kept until there is another event. While a writer
keeps such a ledger busy, sums may lag behind by some times what they cost; every page says by
which event they were made.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Any, NamedTuple

from ledger.clock import today

_ANSWERS_MAX = 200
_FAST_SECONDS = 0.1
"""What is answered within it is never old."""
_LAG = 20
"""A slow answer is made anew at most this often: once in so many times what it cost."""


class State(NamedTuple):
    """What an answer depends on: a file, the shape of its tables, its last event, and the day."""

    file: str
    shape: str | None
    position: int
    leaf_hash: bytes
    day: str


class _Answer(NamedTuple):
    state: State
    value: Any
    good_until: float


_answers: OrderedDict[tuple[str, str], _Answer] = OrderedDict()


def state(conn: sqlite3.Connection) -> State:
    """Where the ledger stands, and today."""
    (file,) = conn.execute("select file from pragma_database_list where name = 'main'").fetchone()
    (shape,) = conn.execute("select published_shape from meta").fetchone()
    last = conn.execute("select position, leaf_hash from events order by position desc limit 1")
    position, leaf_hash = last.fetchone() or (0, b"")
    return State(file, shape, position, leaf_hash, today())


def kept(
    conn: sqlite3.Connection, name: str, make: Callable[[sqlite3.Connection, State], Any]
) -> Any:
    """What `make` answers, from what is kept under `name` where that is still right."""
    now = state(conn)
    key = (now.file, name)
    answer = _answers.get(key)
    if answer and (answer.state == now or _may_lag(answer, now)):
        return answer.value
    begun = monotonic()
    value = make(conn, now)
    cost = monotonic() - begun
    _answers[key] = _Answer(now, value, monotonic() + (cost * _LAG if cost > _FAST_SECONDS else 0))
    _answers.move_to_end(key)
    while len(_answers) > _ANSWERS_MAX:
        _answers.popitem(last=False)
    return value


def _may_lag(answer: _Answer, now: State) -> bool:
    return answer.state.day == now.day and monotonic() < answer.good_until
