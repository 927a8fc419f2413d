"""Fingerprints: canonical bytes (RFC 8785), leaves and roots of a Merkle tree (RFC 6962 §2.1).

The tree is that of Certificate Transparency, so that its proofs can be checked by programs that
have never heard of this one.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson

from ledger.errors import Malformed

ENTRY_BYTES_MAX = 65_535
"""C2SP tlog-tiles packs entries behind a length of 16 bits."""

SALT_BYTES = 32

# The integers that every reader of JSON keeps exact: RFC 8785 §3.2.2.3, ECMAScript safe integers.
_INTEGER_MAX = 2**53 - 1
_sha256 = hashlib.sha256


def canonical_bytes(value: Any) -> bytes:
    """`value` as canonical JSON, in UTF-8.

    Objects must have ASCII names, so that sorting by code point and by UTF-16 unit agree; values
    are text, integers within ±(2^53-1), true, false, null, arrays and objects. Raises Malformed on
    anything else: floats, lone surrogates, and U+0000, which SQLite versions read differently.
    """
    _check(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        what = "text that is not Unicode" if "UTF-8" in str(error) else "too many levels"
        raise Malformed(f"the event contains {what}", hint="write it anew") from error


def canonical(value: Any) -> str:
    """`value` as canonical JSON (RFC 8785); see `canonical_bytes` for what is refused."""
    return canonical_bytes(value).decode()


def _check(value: Any) -> None:
    """Raises Malformed on what has no canonical form here and yet would be written."""
    waiting: list[Any] = [(value,)]
    while waiting:
        holder = waiting.pop()
        if type(holder) is dict:
            _check_names(holder)
            holder = holder.values()
        for one in holder:
            kind = type(one)
            if kind is str:
                if "\0" in one:
                    raise Malformed("the event contains the character U+0000", hint="remove it")
            elif kind is dict or kind is list or kind is tuple:
                waiting.append(one)
            elif kind is int:
                if not -_INTEGER_MAX <= one <= _INTEGER_MAX:
                    raise Malformed(f"the number {one} is too large", hint="write it as text")
            elif one is not None and kind is not bool:
                raise Malformed(
                    f"the event contains {one!r}, which has no exact written form",
                    hint="write numbers with decimals as text",
                )


def _check_names(fields: dict[Any, Any]) -> None:
    try:
        joined = "".join(fields)
    except TypeError:
        joined = "\0"
    if not joined.isascii() or "\0" in joined:
        raise Malformed(
            f"the event contains a field whose name is not plain: {list(fields)!r:.200}",
            hint="use ASCII letters",
        )


def leaf_hash_of_bytes(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return _sha256(b"\x00" + entry).digest()


def leaf_hash(entry: str) -> bytes:
    """The leaf of an entry in the tree: SHA-256(0x00 ‖ its UTF-8 bytes), RFC 6962 §2.1."""
    return leaf_hash_of_bytes(entry.encode())


class Tree:
    """A Merkle tree that grows leaf by leaf and keeps only the roots of its full subtrees."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Adds the next leaf, a hash of 32 bytes."""
        # Each trailing one bit of the size is a full subtree that this leaf completes.
        carry, peaks = self.size, self._peaks
        while carry & 1:
            leaf = _sha256(b"\x01" + peaks.pop() + leaf).digest()
            carry >>= 1
        peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over the leaves so far; of none, SHA-256 of the empty string."""
        if not self._peaks:
            return _sha256(b"").digest()
        *rest, node = self._peaks
        for peak in reversed(rest):
            node = _sha256(b"\x01" + peak + node).digest()
        return node


def root(leaves: Iterable[bytes]) -> bytes:
    """The Merkle tree hash of `leaves` (RFC 6962 §2.1), in memory of the order of log n."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def sealed(salt: bytes, value: Any) -> dict[str, str]:
    """What stands in an entry in place of a confidential `value`.

    `{"sealed": SHA-256(0x02 ‖ salt ‖ canonical value)}` in hex. The salt of 32 random bytes keeps
    a short value from being guessed, also after value and salt have been erased.
    """
    assert len(salt) == SALT_BYTES
    return {"sealed": _sha256(b"\x02" + salt + canonical_bytes(value)).hexdigest()}
