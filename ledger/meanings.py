"""What each published table and each of its columns means, from where they are defined."""

from events.case import Change
from events.published import TABLES, Row, described
from ledger.projections import CHANGES, tables
from ledger.search import SEARCH, Words

_MONEY = "_minor"

KINDS: dict[str, type] = {**TABLES, CHANGES: Change, SEARCH: Words}
"""The class that each published table is made from."""


def of_table(name: str) -> str:
    """What a row of a published table is, on one line."""
    return " ".join(str(KINDS[name].__doc__).split())


def of_columns(name: str) -> dict[str, str]:
    """What the columns of a published table mean, in order; readable amounts included."""
    positions, words = described(Row), described(KINDS[name])
    columns = {}
    for column in tables()[name].names:
        columns[column] = (
            {"case_id": "The case."}.get(column) or words.get(column) or positions[column]
        )
        if column.endswith(_MONEY):
            columns[column.removesuffix(_MONEY)] = f"{column} as a decimal number of the currency."
    return columns
