"""Search: a case is found by any word that it is told in, whatever a person types."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some
from typer.testing import CliRunner

import cli
from ledger import schema, search
from ledger.book import Book, create
from ledger.door import Proposed, proposed
from ledger.errors import FileTrouble, Malformed
from ledger.search import WORDS_MAX, Answer, Excerpt
from ledger.web.search_page import pieces
from tests.published import clearview, datasette

EVIL = "<script>alert(1)</script><mark>evil</mark>"


def fact(type_name: str, case_id: str = "c", **fields: Any) -> Proposed:
    return proposed(case_id, type_name, fields)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as opened:
        opened.append([fact("case_opened", title="Société Générale", authority="CNIL")], by="x")
        yield opened


def ask(book: Book, query: str, **more: int) -> Answer:
    return search.search(book.store.conn, query, **more)


def ids(book: Book, query: str) -> list[str]:
    return [case.case_id for case in ask(book, query).cases]


@pytest.mark.parametrize(
    ("told", "query"),
    [
        (fact("case_opened", "d", title="Faces of the web", authority="ICO"), "faces"),
        (fact("party_joined", "d", name="Ångström AS, Düsseldorf"), "dusseldorf angstrom"),
        (fact("order_issued", "d", item=["Delete the biometric data"]), "biometric"),
        (fact("order_issued", "d", order="MED-2021-134"), "med-2021-134"),
        (fact("statement_made", "d", speaker="Hoan", text="We had no users there"), "users"),
        (fact("statement_made", "d", speaker="Hoan", text="x"), "hoan"),
        (
            fact("fine_imposed", "d", respondent="X", amount="1 EUR", document="C-123/45"),
            "C-123/45",
        ),
        (fact("decision_adopted", "d", document="ECLI:EU:C:2026:1"), "ECLI:EU:C:2026:1"),
        (fact("appeal_lodged", "d", appeal="T-9/26", forum="court"), "T-9/26"),
    ],
)
def test_a_case_is_found_by_what_is_said_in_it(book: Book, told: Proposed, query: str) -> None:
    assert ids(book, query) == []
    book.append([told], by="x", admit=True)
    assert ids(book, query) == ["d"]
    assert book.check() == []
    assert ask(book, query).cases[0].excerpts


@pytest.mark.parametrize(
    "query", ["societe generale", "SOCIÉTÉ", "géné", '"société générale"', "générale société"]
)
def test_accents_capitals_order_and_endings_make_no_difference(book: Book, query: str) -> None:
    assert ids(book, query) == ["c"]


@pytest.mark.parametrize("query", ["societe nobody", '"generale societe"', "énérale"])
def test_all_words_must_be_there_and_a_phrase_as_it_is(book: Book, query: str) -> None:
    assert ids(book, query) == []


def test_a_word_in_a_title_counts_more_than_one_in_a_statement(book: Book) -> None:
    book.append([fact("case_opened", "said", title="T", authority="A")], by="x")
    said = fact("statement_made", "said", speaker="S", text="about Générale")
    book.append([said], by="x")
    assert ids(book, "generale") == ["c", "said"]


def test_what_is_corrected_withdrawn_or_renamed_is_found_as_it_now_is(book: Book) -> None:
    opened = fact("case_opened", "d", title="Wrongly spelt", authority="A")
    joined = fact("party_joined", "d", name="Old Name")
    said = fact("statement_made", "d", speaker="S", text="unfounded")
    book.append([opened, joined, said], by="x")
    book.append(
        [
            fact("event_corrected", "d", target=opened.event_id, changes={"title": "Right"}),
            fact("event_withdrawn", "d", target=said.event_id, reason="another case"),
            fact("party_renamed", "d", party="old-name", name="New Name"),
        ],
        by="x",
    )
    found = {query: ids(book, query) for query in ("spelt", "right", "unfounded", "old", "new")}
    assert found == {"spelt": [], "right": ["d"], "unfounded": [], "old": ["d"], "new": ["d"]}
    assert book.check() == []


def test_a_rebuilt_ledger_and_one_made_into_another_find_the_same(
    book: Book, tmp_path: Path
) -> None:
    book.append([fact("party_joined", name="Later")], by="x")
    book.rebuild()
    assert ids(book, "later") == ["c"]
    book.rebuild_into(tmp_path / "other.db", known_at="1")
    with Book(tmp_path / "other.db") as other:
        assert (ids(other, "societe"), ids(other, "later"), other.check()) == (["c"], [], [])


def test_an_append_that_changes_no_word_leaves_the_index_alone(book: Book) -> None:
    paid = fact("fine_imposed", respondent="X", amount="9 EUR", fine="F1")
    book.append([paid], by="x")
    before = book.store.conn.execute("select * from search_index_data").fetchall()
    book.append([fact("payment_received", fine="F1", amount="4 EUR")], by="x")
    assert book.store.conn.execute("select * from search_index_data").fetchall() == before


def test_a_compacted_copy_still_finds(book: Book, tmp_path: Path) -> None:
    book.append([fact("case_opened", "d", title="Another", authority="A")], by="x")
    book.store.conn.execute("vacuum into ?", (str(tmp_path / "copy.db"),))
    with closing(sqlite3.connect(tmp_path / "copy.db")) as conn:
        assert [c.case_id for c in search.search(conn, "another").cases] == ["d"]


@pytest.mark.parametrize(
    "query",
    [
        'C-123/45 "', "société*", "AND société", "NOT", "a OR", "NEAR(a b)", "title:x", "^x", "-x",
        "{title}: x", "'; drop table events", "a\x00b", "\ud800a", '"" x', "(x",
    ],
)  # fmt: skip
def test_whatever_is_typed_is_looked_for(book: Book, query: str) -> None:
    assert ask(book, query).total == (query == "société*")


@pytest.mark.parametrize("query", ['"', "*", "", " - ", "\ud800"])
def test_signs_alone_are_no_words(book: Book, query: str) -> None:
    with pytest.raises(Malformed, match="no word"):
        ask(book, query)


@given(some.text(max_size=30))
def test_no_text_is_an_error_of_the_index(query: str) -> None:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute("create virtual table t using fts5(x)")
        try:
            expression = search.expression(query)
        except Malformed:
            return
        conn.execute("select * from t where t match ?", (expression,)).fetchall()


def test_too_many_words_are_too_many() -> None:
    search.expression("a " * WORDS_MAX)
    with pytest.raises(Malformed, match="at most 32"):
        search.expression("a " * (WORDS_MAX + 1))


def test_a_sqlite_that_cannot_search_is_refused_in_words(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_has_fts5", lambda: False)
    with pytest.raises(FileTrouble, match="cannot search"):
        Book(book.store.path)


def test_signs_that_mark_words_may_stand_in_the_text_itself() -> None:
    excerpt = search._excerpt("title", "\x03a \x02b\x02c\x03 d\x03")
    assert list(pieces(excerpt)) == [("a b", False), ("c", True), (" d", False)]
    assert list(pieces(Excerpt("title", "ab", [(0, 1)]))) == [
        ("", False),
        ("a", True),
        ("b", False),
    ]


def run(book: Book, *words: str) -> Any:
    return CliRunner().invoke(cli.app, ["search", *words, "--db", str(book.store.path)])


def test_the_command_tells_what_it_found_and_says_where_there_is_nothing(book: Book) -> None:
    (row,) = json.loads(run(book, "societe", "--json").stdout)
    assert (row["case_id"], row["excerpts"][0]["marks"]) == ("c", [[0, 7]])
    assert "Société Générale" in run(book, "societe").stdout
    nothing = run(book, "nobody")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "no case has these words" in nothing.stderr


def page(path: Path, closed: tuple[str, ...] = (), **asked: str) -> Any:
    async def answer() -> Any:
        served = datasette(path, closed=closed, default_allow_sql=False)
        await served.invoke_startup()
        return await served.client.get(f"/-/search?{urlencode(asked)}")

    return asyncio.run(answer())


@pytest.mark.datasette
def test_the_page_links_to_the_cases_and_marks_the_words(tmp_path: Path) -> None:
    path = clearview(tmp_path)
    told = page(path, q="clearview delete")
    assert told.status_code == 200
    assert 'href="/ledger/cases/cnil-clearview"' in told.text
    assert "<mark>Clearview</mark>" in told.text
    assert 'value="clearview delete"' in told.text
    assert "No case has this word" in page(path, q="nobody").text
    assert "no word to look for" in page(path, q="***").text
    assert page(path).status_code == 200
    assert page(path, ("statements",), q="clearview").status_code == 403


@pytest.mark.datasette
def test_the_page_has_fifty_cases_and_leads_on(book: Book) -> None:
    cases = [[fact("case_opened", f"n{i}", title=EVIL, authority=EVIL)] for i in range(51)]
    book.append_cases(cases, by="x")
    first, second = (page(book.store.path, q="evil", page=n) for n in ("1", "2"))
    assert (first.text.count("<li><h2>"), second.text.count("<li><h2>")) == (50, 1)
    assert 'rel="next" href="?q=evil&amp;page=2"' in first.text
    assert "Previous page" in second.text
    assert page(book.store.path, q="evil", page="x").text.count("<li><h2>") == 50
    assert "<script>alert" not in first.text
    assert "&lt;mark&gt;<mark>evil</mark>&lt;/mark&gt;" in first.text
    assert "<script>alert" not in page(book.store.path, q=EVIL).text.partition("<main")[2]
