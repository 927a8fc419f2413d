"""Fingerprints: against RFC 6962, RFC 8785 and a reading of both that is as plain as can be."""

import hashlib
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from ledger.errors import Malformed
from ledger.seal import Tree, canonical, leaf_hash, root, sealed

INTEGER_MAX = 2**53 - 1

# Leaves and roots of the reference implementation of RFC 6962 (certificate-transparency-go).
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

characters = some.characters(exclude_categories=["Cs"], exclude_characters="\0")
ascii_names = some.text(some.characters(min_codepoint=1, max_codepoint=0x7F))
values = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-INTEGER_MAX, INTEGER_MAX)
    | some.text(characters),
    lambda inner: some.lists(inner) | some.dictionaries(ascii_names, inner),
)
hashes = some.binary(min_size=32, max_size=32)


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:half]) + plain_root(leaves[half:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(leaf)).digest() for leaf in LEAVES[:size]]
    assert root(leaves).hex() == ROOTS[size]


def test_the_root_of_an_empty_ledger_is_that_of_nothing() -> None:
    assert root([]) == hashlib.sha256(b"").digest()


def test_a_leaf_is_never_mistaken_for_a_node() -> None:
    assert leaf_hash("é") == hashlib.sha256(b"\x00\xc3\xa9").digest()


@given(some.lists(hashes, max_size=70))
def test_growing_leaf_by_leaf_comes_to_the_root_of_the_whole(leaves: list[bytes]) -> None:
    tree = Tree()
    for size, leaf in enumerate(leaves):
        assert tree.root() == plain_root(leaves[:size])
        tree.add(leaf)
    assert tree.root() == root(iter(leaves)) == plain_root(leaves)
    assert tree.size == len(leaves)


def test_every_size_to_beyond_a_power_of_two_has_its_own_root() -> None:
    leaves = [leaf_hash(str(number)) for number in range(130)]
    roots = [root(leaves[:size]) for size in range(131)]
    assert roots == [plain_root(leaves[:size]) for size in range(131)]
    assert len(set(roots)) == 131


def test_growing_keeps_no_more_than_one_hash_for_each_power_of_two() -> None:
    tree = Tree()
    for number in range(1_023):
        tree.add(leaf_hash(str(number)))
    assert len(tree._peaks) == 10


@given(values)
def test_an_event_is_written_as_rfc_8785_says(value: Any) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "number", [0, 1, -1, INTEGER_MAX, -INTEGER_MAX], ids=["none", "one", "owed", "most", "least"]
)
def test_whole_numbers_are_kept_exactly_to_the_limit(number: int) -> None:
    assert canonical({"n": number}) == f'{{"n":{number}}}'


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        1.0,
        float("nan"),
        INTEGER_MAX + 1,
        -INTEGER_MAX - 1,
        2**64,
        "\ud800",
        "a\0b",
        {"é": 1},
        {"a\0": 1},
        {1: 1},
        {None: 1},
        {"a": [{"b": 1.5}]},
        {"a": {"b": ["\udfff"]}},
        {"a": ("x", 2.5)},
        b"bytes",
        {1, 2},
        object(),
    ],
)
def test_what_has_no_exact_written_form_is_refused(value: Any) -> None:
    with pytest.raises(Malformed):
        canonical(value)


def test_an_event_nested_beyond_measure_is_refused_in_words() -> None:
    value: list[Any] = []
    for _ in range(5_000):
        value = [value]
    with pytest.raises(Malformed, match="too many levels"):
        canonical(value)


@given(some.binary(min_size=32, max_size=32), values)
def test_a_confidential_value_is_sealed_with_its_salt(salt: bytes, value: Any) -> None:
    expected = hashlib.sha256(b"\x02" + salt + rfc8785.dumps(value)).hexdigest()
    assert sealed(salt, value) == {"sealed": expected}


def test_the_same_name_sealed_twice_does_not_look_the_same() -> None:
    assert sealed(b"1" * 32, "A. Clerk") != sealed(b"2" * 32, "A. Clerk")


def test_a_short_salt_seals_nothing() -> None:
    with pytest.raises(AssertionError):
        sealed(b"short", "A. Clerk")
