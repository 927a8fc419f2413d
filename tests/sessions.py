"""A clerk's session at the command line, in process: what several tests of it need."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SESSION = [
    "init",
    'append case-opened cnil-clearview --title "Clearview AI: unlawful processing of photographs"'
    " --authority CNIL --jurisdiction FR --regime GDPR --occurred-on 2020-08-26",
    "append order-issued cnil-clearview --order MED-2021-134 --occurred-on 2021-11-26"
    ' --item "Cease processing without a legal basis" --item "Delete the data" --within P2M'
    " --source https://example.org/med",
    "append deadline-missed cnil-clearview --deadline D1 --occurred-on 2022-01-27",
    'append referral-made cnil-clearview --to "Restricted committee"'
    ' --reason "No response to the order" --occurred-on 2022-06-02',
    'append fine-imposed cnil-clearview --fine SAN-2022-019 --respondent "Clearview AI, Inc."'
    ' --amount "20000000 EUR" --occurred-on 2022-10-17 --published-on 2022-10-20',
    "append fine-unpaid cnil-clearview --fine SAN-2022-019 --occurred-on 2023-05-15"
    " --asserted-by CNIL",
]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[[str], Ran]


def state(folder: Path) -> str:
    """A fingerprint of all that the ledger holds."""
    with sqlite3.connect(folder / "ledger.db") as conn:
        return hashlib.sha256("\n".join(conn.iterdump()).encode()).hexdigest()
