"""The publication described for programs, and the schemas of its events."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from events.base import CATALOGUE
from ledger.book import Book, create
from ledger.catalogue import schema
from ledger.door import proposed
from tests.published import clearview, datasette

pytestmark = pytest.mark.datasette


def get(path: Path, address: str, closed: tuple[str, ...] = (), **settings: Any) -> Any:
    async def answer() -> Any:
        served = datasette(path, closed=closed, **settings)
        await served.invoke_startup()
        return await served.client.get(address)

    return asyncio.run(answer())


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clearview(tmp_path_factory.mktemp("described"))


def test_the_dataset_is_described_by_what_the_ledger_and_its_metadata_say(path: Path) -> None:
    answer = get(path, "/-/dataset.json", base_url="/under/")
    told = answer.json()
    assert answer.headers["content-type"].startswith("application/ld+json")
    with Book(path, read_only=True) as book:
        (ledger_id,) = book.store.conn.execute("select ledger_id from meta").fetchone()
        (since,) = book.store.conn.execute("select min(opened_on) from cases").fetchone()
        last = book.store.size()
    assert (told["@type"], told["@id"]) == ("Dataset", f"urn:uuid:{ledger_id}")
    assert (told["name"], told["version"]) == ("Clearview AI", str(last))
    assert told["url"] == "http://localhost/under/ledger"
    assert told["temporalCoverage"] == f"{since}/.."
    assert told["description"].startswith("Tables are computed")
    # Nobody has said who made it, or under which licence.
    assert "creator" not in told
    assert "license" not in told
    measured = {one["name"]: one["description"] for one in told["variableMeasured"]}
    assert measured["fines.amount_minor"]
    assert all(measured.values())


def test_what_it_offers_can_be_had(path: Path) -> None:
    told = get(path, "/-/dataset.json").json()["distribution"]
    assert {form["encodingFormat"] for form in told} == {"text/csv", "application/json"}
    for form in told[:6]:
        answer = get(path, form["contentUrl"].partition("localhost")[2])
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(form["encodingFormat"].split("/")[0])


def test_what_is_closed_is_not_offered(path: Path) -> None:
    told = get(path, "/-/dataset.json", ("statements",)).json()
    assert "statements" not in {form["name"] for form in told["distribution"]}
    assert not [one for one in told["variableMeasured"] if one["name"].startswith("statements.")]
    assert get(path, "/-/dataset.json", ("cases",)).status_code == 403


def test_the_page_of_the_database_has_the_description_and_no_script_of_others(
    tmp_path: Path,
) -> None:
    create(tmp_path / "ledger.db", "</script><script>alert(1)</script>")
    with Book(tmp_path / "ledger.db") as book:
        book.append([proposed("c", "case_opened", {"title": "T", "authority": "A"})], by="x")
    page = get(tmp_path / "ledger.db", "/ledger").text
    (inline,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(inline)["name"] == "</script><script>alert(1)</script>"
    assert "<script>alert(1)" not in page


def test_every_type_of_event_has_its_schema(path: Path) -> None:
    told = get(path, "/-/schemas/index.json").json()
    assert list(told) == list(CATALOGUE)
    for name in ("fine_imposed", "event_corrected"):
        made = get(path, f"/-/schemas/{told[name]}").json()
        assert made == schema(name)
        Draft202012Validator.check_schema(made)
    assert get(path, "/-/schemas/no_such.json").status_code == 404
