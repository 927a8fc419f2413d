"""Money: a decimal number of one currency. Never a float, never rounded, never below zero."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_WRITTEN = re.compile(
    r"(?P<whole>\d{1,16}|\d{1,3}(?:,\d{3}){1,5})(?:\.(?P<part>\d{1,8}))?\s+(?P<currency>[A-Z]{3})",
    re.ASCII,
)
# 2^53 - 1, what a canonical JSON number and every spreadsheet can hold (RFC 8785, appendix D).
MINOR_MAX = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as somebody stated it, e.g. `20000000 EUR`, `7,552,800 GBP`, `35258707.95 EUR`."""

    number: Decimal
    currency: str

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `7,552,800 GBP`. Raises ValueError with the cure for anything ambiguous.

        Whether the currency exists and how many decimals it has is not known here: what
        depends on a table of currencies is decided when the event is appended.
        """
        text = written.strip()
        if text.startswith("-"):
            raise ValueError(f"{written!r} is below zero; amounts are never negative")
        match = _WRITTEN.fullmatch(text)
        if not match:
            raise ValueError(
                f"{written!r} is not an amount of money; write it like 20000000 EUR or "
                "35258707.95 EUR"
            )
        part = f".{match['part']}" if match["part"] else ""
        number = Decimal(match["whole"].replace(",", "") + part)
        return cls(number, match["currency"])

    @property
    def decimals(self) -> int:
        """How many decimals the amount needs, trailing zeros apart."""
        exponent = self.number.normalize().as_tuple().exponent
        assert isinstance(exponent, int)  # a finite number: parse accepts digits only
        return max(0, -exponent)

    def minor(self, digits: int) -> int:
        """The amount in minor units of a currency with `digits` decimals (EUR 2, JPY 0, KWD 3).

        Raises ValueError where the amount has more decimals than the currency.
        """
        if self.decimals > digits:
            raise ValueError(f"{self} has more decimals than {self.currency}, which has {digits}")
        minor = int(self.number.scaleb(digits))
        if minor > MINOR_MAX:
            raise ValueError(f"{self} is larger than the ledger can hold")
        return minor

    def __str__(self) -> str:
        return f"{self.number.quantize(Decimal(1).scaleb(-self.decimals))} {self.currency}"

    @classmethod
    def _read(cls, value: object) -> "Money":
        if isinstance(value, Money):
            return value
        if not isinstance(value, str):
            raise ValueError("an amount is written as text with its currency, like 20000000 EUR")
        return cls.parse(value)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "type": "string",
            # Groups without the names, which only Python writes so.
            "pattern": f"^{re.sub(r'[?]P<[a-z]+>', '', _WRITTEN.pattern)}$",
            "examples": ["20000000 EUR", "7,552,800 GBP", "35258707.95 EUR"],
        }


def readable(minor: int, digits: int, currency: str) -> str:
    """Minor units as people read them.

    >>> readable(2000000000, 2, "EUR")
    '20,000,000.00 EUR'
    """
    whole, part = divmod(abs(minor), 10**digits)
    decimals = f".{part:0{digits}d}" if digits else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{decimals} {currency}"
