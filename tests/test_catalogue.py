"""The catalogue: what every type says of itself, its JSON Schema, its page, its older versions."""

import json
import re
from itertools import chain
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from jsonschema import Draft202012Validator

from events.base import CATALOGUE, load
from events.history import fold
from events.words import COUNTRY_FIELDS, Country
from ledger.casefiles import SHIPPED
from ledger.catalogue import catalogue_markdown, codes, examples, schema, types
from ledger.errors import NotFound
from ledger.yamlfile import Reading, documents
from tests.histories import entries, entry, then

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(SHIPPED.glob("*/*.yml"))
NOT_OF_THE_TYPE = ("type", "id", "source", "confidence", "caused_by")


def written(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The events of a case file as they are written there: type and fields."""
    reading, found = Reading(str(path)), []
    for node in documents(path.read_text(encoding="utf-8"), str(path)):
        for event in reading.sequence(reading.mapping(node, "a case")["events"], "events"):
            parts = reading.mapping(event, "an event")
            fields = {n: reading.value(p) for n, p in parts.items() if n not in NOT_OF_THE_TYPE}
            found.append((reading.word(parts["type"], "type"), fields))
    return found


def test_every_field_that_holds_a_country_is_checked_against_the_table_of_countries() -> None:
    fields = [get_type_hints(kind, include_extras=True).items() for kind in CATALOGUE.values()]
    found = {name for name, hint in chain(*fields) if Country in get_args(hint)}
    assert found == set(COUNTRY_FIELDS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_event_of_a_shipped_case_fits_the_json_schema_of_its_type(path: Path) -> None:
    wrong = [
        f"{type_name}: {error.message}"
        for type_name, fields in written(path)
        for error in Draft202012Validator(schema(type_name)).iter_errors(fields)
    ]
    assert wrong == []


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_a_json_schema_is_sound_and_lets_no_unknown_field_through(type_name: str) -> None:
    made = schema(type_name)
    Draft202012Validator.check_schema(made)
    (extra,) = [
        error.message
        for error in Draft202012Validator(made).iter_errors({"no_such_field": 1})
        if error.validator == "additionalProperties"
    ]
    assert "no_such_field" in extra
    assert all(shape.get("description") for shape in made["properties"].values())


@pytest.mark.parametrize(
    ("fields", "is_fit"),
    [
        ({"amount": "7,552,800 GBP"}, True),
        ({"amount": "20.000.000 EUR"}, False),
        ({"amount": 20}, False),
        ({"amount": "1 EUR", "occurred_on": "2022-10"}, True),
        ({"amount": "1 EUR", "occurred_on": "17 October"}, False),
        ({"amount": "1 EUR", "due_on": "2022-10"}, False),
        ({"amount": "1 EUR", "respondent": "X"}, True),
        ({"amount": "1 EUR", "respondent": ["X", "Y"]}, True),
        ({"amount": "1 EUR", "liability": "shared"}, False),
        ({}, False),
    ],
)
def test_a_json_schema_knows_money_dates_and_choices(fields: dict[str, Any], is_fit: bool) -> None:
    assert Draft202012Validator(schema("fine-imposed")).is_valid(fields) is is_fit


def test_a_type_that_there_is_not_has_no_schema() -> None:
    with pytest.raises(NotFound, match="there is no type of event called 'fine_forgiven'"):
        schema("fine_forgiven")


def test_the_catalogue_tells_every_type_with_its_fields_and_what_it_needs() -> None:
    told = {one["type"]: one for one in types()}
    assert list(told) == list(CATALOGUE)
    assert all(one["meaning"] and one["topic"] for one in told.values())
    payment = told["payment_received"]
    assert payment["topic"] == "payment"
    assert payment["objections"] == [
        "fine_unknown",
        "fine_proposed",
        "respondent_needed",
        "currency_differs",
        "payment_known",
    ]
    assert payment["doubts"] == ["payment_over_balance"]
    (amount,) = [field for field in payment["fields"] if field["name"] == "amount"]
    assert amount["needed"]
    fine = {field["name"]: field for field in told["fine_imposed"]["fields"]}
    assert fine["liability"]["choices"] == ["several", "joint"]
    assert fine["respondent"]["repeats"]


def test_codes_are_found_in_what_a_type_inherits_and_in_what_it_calls() -> None:
    assert codes(CATALOGUE["order_closed"], "doubts") == ["order_settled"]
    assert codes(CATALOGUE["event_disputed"], "objections") == ["target_unknown", "field_unknown"]
    assert codes(CATALOGUE["note_added"], "objections") == []


def all_codes() -> set[str]:
    found = {code for one in types() for code in (*one["objections"], *one["doubts"])}
    return found | {
        "due_date_stale",
        "fine_over_ceiling",
        "correction_malformed",
        "case_not_opened",
    }


def test_every_code_of_the_source_is_in_the_catalogue() -> None:
    in_source = {
        code
        for path in sorted((ROOT / "events").glob("*.py"))
        for code in re.findall(r'Oddity\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert in_source - all_codes() == set()


def test_every_objection_and_every_doubt_has_a_test() -> None:
    tests = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "tests").glob("test_*.py"))
        if path.name != Path(__file__).name
    )
    assert {code for code in all_codes() if f'"{code}"' not in tests} == set()


def test_the_page_of_the_catalogue_is_what_the_models_say() -> None:
    page = (ROOT / "events" / "README.md").read_text(encoding="utf-8")
    assert catalogue_markdown() in page, "`make docs` writes it anew"


def test_an_example_is_one_event_of_a_shipped_case_and_no_more() -> None:
    for type_name, (_, text) in examples().items():
        (event,) = yaml.safe_load(text)
        assert event["type"] == type_name


GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.v*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_an_event_of_an_older_version_reads_for_ever(path: Path) -> None:
    """A golden file is never edited: events stored so are in ledgers already."""
    type_name, _, version = path.stem.partition(".v")
    for one in json.loads(path.read_text(encoding="utf-8")):
        event = load(type_name, int(version), one["stored"])
        assert (
            event.model_dump(mode="json", exclude_unset=True, exclude_none=True) == one["reads_as"]
        )


def test_every_older_version_has_its_golden_file() -> None:
    older = {
        f"{name}.v{version}"
        for name, kind in CATALOGUE.items()
        for version in range(1, kind.schema_version)
    }
    assert older == {path.stem for path in GOLDEN}
    assert older


def test_an_order_varied_under_version_1_still_means_what_it_meant() -> None:
    known = entries(
        '2022-01-01 order_issued order=O1 item=a penalty="7 EUR" penalty_unit=week '
        'penalty_cap="70 EUR"'
    )
    old = entry(
        4,
        "order_varied",
        {"order": "O1", "penalty": "9 EUR", "occurred_on": "2022-02-01"},
        version=1,
    )
    old.resolved["digits"] = {"EUR": 2}
    assert (
        then(
            fold("case", [*known, old]),
            """
            periodic_penalties.O1.rate = 9 EUR
            periodic_penalties.O1.unit = calendar_day
            periodic_penalties.O1.cap = null
            none: anomalies
            """,
        )
        == []
    )
