"""The published tables: they are what the events come to, or it is told and they are made anew."""

from pathlib import Path

import pytest

from ledger import answers
from ledger.audit import audit
from ledger.book import Book, create
from ledger.doctor import examine
from ledger.errors import FileTrouble, Refused
from ledger.verify import verify
from tests.contents import value
from tests.facts import CASE, fact, fined, opened


def test_a_ledger_made_as_of_a_day_shows_that_day_and_takes_no_events(
    book: Book, tmp_path: Path
) -> None:
    book.append([opened(), fined()], by="clerk")
    book.append(
        [fact("payment_received", fine="F1", amount="5 EUR", occurred_on="2020-04-01")], by="c"
    )
    out = tmp_path / "then.db"
    book.rebuild_into(out, as_of="2020-03-01", known_at="2")
    with Book(out) as then:
        assert value(then, "select paid_minor from fines") == 0
        assert then.check() == []
        root_then = verify(then.store, None).root
        assert verify(book.store, (2, root_then)).problems == []
        with pytest.raises(Refused, match="as of 2020-03-01"):
            then.append([opened("other")], by="clerk")


def test_tables_of_another_version_are_made_anew_by_the_next_append(book: Book) -> None:
    book.append([opened()], by="clerk")
    with book.store.writing():
        book.store.conn.execute("update meta set published_shape = 'older'")
        book.store.conn.execute("drop table payments")
    with pytest.raises(FileTrouble, match="another version"):
        answers.cases(book)
    with Book(book.store.path) as later:
        later.append([fined()], by="clerk")
        assert [row["case_id"] for row in answers.cases(later)] == [CASE]


def test_an_oddity_that_a_later_event_lays_upon_an_older_one_is_published_with_it(
    book: Book,
) -> None:
    book.append([opened(regime="GDPR"), fined("30000000 EUR", turnover="1 EUR")], by="clerk")
    found = fact("infringement_found", provision=["GDPR Art. 5"], occurred_on="2020-03-01")
    book.append([found], by="clerk", admit=True)
    assert value(book, "select code from anomalies") == "fine_over_ceiling"
    assert value(book, "select open_anomalies from cases") == 1


@pytest.mark.parametrize(
    "spoil",
    [
        "update fines set balance_minor = 1",
        "delete from fines",
        "insert into anomalies values ('cnil-x', 1, 'c', 'm', 1, 1, 1)",
        "update cases set opened_on = null",
        "update changes set new_value = '10000' where field = 'amount_minor'",
        "update search set title = 'another'",
        "insert into search_index (search_index) values ('delete-all')",
        "drop table search_index",
    ],
)
def test_a_published_row_that_the_events_do_not_come_to_is_found(
    tmp_path: Path, spoil: str
) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        book.append([opened(), fined()], by="clerk")
        with book.store.writing():
            book.store.conn.execute(spoil)
        assert len(book.check()) == 1
        book.rebuild()
        assert book.check() == []


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        (["drop view overdue"], "the view overdue is missing"),
        (
            ["drop view overdue", "create view overdue as select * from deadlines limit 0"],
            "the view overdue is not as it was made",
        ),
        (["create view paid as select 1 as yes"], "the view paid does not belong there"),
        (["drop index fines_by_kind"], "the index fines_by_kind is missing"),
        (
            ["drop index fines_by_kind", "create index fines_by_kind on fines (kind, currency)"],
            "the index fines_by_kind is not as it was made",
        ),
        (["drop table payments"], "the table payments is missing"),
        (["alter table fines add column mine text"], "the table fines is not as it was made"),
        (
            ["create trigger t after insert on fines begin delete from payments; end"],
            "the trigger t on fines does not belong there",
        ),
        (
            ["create trigger t instead of delete on overdue begin select 1; end"],
            "the trigger t on overdue does not belong there",
        ),
    ],
)
def test_what_is_published_in_another_shape_is_told_until_it_is_rebuilt(
    tmp_path: Path, statements: list[str], told: str
) -> None:
    path = tmp_path / "ledger.db"
    create(path, "a test")
    with Book(path) as book:
        book.append([opened(), fined()], by="clerk")
        with book.store.writing():
            for statement in statements:
                book.store.conn.execute(statement)
        assert book.check() == [told]
        assert [problem.what for problem in audit(book).problems] == [told]
        assert ("bad", "tables", told) in examine(path)
        book.rebuild()
        assert book.check() == []
        assert ("bad", "tables") not in {finding[:2] for finding in examine(path)}


def test_a_table_that_is_none_of_a_ledgers_is_told_and_left_to_its_owner(tmp_path: Path) -> None:
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as book:
        with book.store.writing():
            book.store.conn.execute("create table notes (text)")
        for _ in range(2):
            assert book.check() == [
                "the table notes is none of a ledger's: keep it in a file of its own"
            ]
            book.rebuild()


def test_indexes_and_statistics_of_others_do_no_harm(book: Book) -> None:
    book.append([opened(), fined()], by="clerk")
    with book.store.writing():
        book.store.conn.execute("create index mine on fines (respondent)")
        book.store.conn.execute("analyze")
    assert value(book, "select count(*) from sqlite_stat1") > 0
    assert book.check() == []
