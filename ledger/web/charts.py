"""What was imposed, stands and was paid, as bars: coordinates for a template that writes plain SVG.

A chart has one currency. Its words say what it shows to those who do not see it, and the template
puts the figures as a table below it.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from events.money import readable
from ledger.web.wording import in_short

WIDTH = 460
_PLOT_HEIGHT = 190
_LEFT, _TOP, _BOTTOM, _RIGHT = 58, 14, 26, 6
_BAR_MAX = 26.0
_LABELS_MAX = 9
_ROW = 46
_ROWS_MAX = 8
_NAME_MAX = 34


class Bars(NamedTuple):
    """Amounts under one name, in minor units of the chart's currency."""

    name: str
    imposed: int
    stands: int
    """What of it is in force today; drawn over it."""
    paid: int


_NOTHING = Bars("", 0, 0, 0)


def upright(found: Sequence[Bars], currency: str, digits: int) -> dict[str, Any]:
    """A pair of upright bars for each year, the years in between included; paid may lie below 0,
    where more was paid back than paid."""
    given = {int(bars.name): bars for bars in found}
    years = range(min(given), max(given) + 1)
    values = [value for bars in found for value in bars[1:]]
    low, high = min(0, *values), max(0, *values)
    ticks = _ticks(low, high, digits)
    high = max(high, ticks[-1])

    def down(value: int) -> float:
        return round(_TOP + _PLOT_HEIGHT * (high - value) / (high - low), 1)

    slot = (WIDTH - _LEFT - _RIGHT) / len(years)
    width = round(min(_BAR_MAX, slot * 0.36), 1)
    drawn = []
    for number, year in enumerate(years):
        middle = _LEFT + slot * (number + 0.5)
        bars = given.get(year, _NOTHING)
        for kind, left in (
            ("imposed", middle - width - 1),
            ("stands", middle - width - 1),
            ("paid", middle + 1),
        ):
            value = getattr(bars, kind)
            top, foot = sorted((down(value), down(0)))
            drawn.append(
                {
                    "kind": kind,
                    "x": round(left, 1),
                    "y": top,
                    "width": width,
                    "height": max(1.0, round(foot - top, 1)) if value else 0,
                    "words": _one(bars, currency, digits),
                }
            )
    step = -(-len(years) // _LABELS_MAX)
    return {
        "width": WIDTH,
        "height": _TOP + _PLOT_HEIGHT + _BOTTOM,
        "left": _LEFT,
        "right": WIDTH - _RIGHT,
        "bars": [bar for bar in drawn if bar["height"]],
        "ticks": [
            {"y": down(value), "words": in_short(value, digits), "zero": value == 0}
            for value in ticks
        ],
        "names": [
            {"x": round(_LEFT + slot * (number + 0.5), 1), "words": str(year)}
            for number, year in enumerate(years)
            if number % step == 0
        ],
        "words": _words(found, currency, digits),
    }


def lying(found: Sequence[Bars], currency: str, digits: int) -> dict[str, Any]:
    """A pair of lying bars under each name, the highest imposed first; those past the eighth are
    in the table only."""
    shown = sorted(found, key=lambda bars: -bars.imposed)[:_ROWS_MAX]
    high = max([1, *(value for bars in shown for value in bars[1:])])

    def across(value: int) -> float:
        return max(2.0 if value else 0.0, round(WIDTH * max(0, value) / high, 1))

    return {
        "width": WIDTH,
        "height": len(shown) * _ROW,
        "rows": [
            {
                "y": number * _ROW,
                "name": bars.name
                if len(bars.name) <= _NAME_MAX
                else f"{bars.name[: _NAME_MAX - 1]}…",
                "amount": readable(bars.imposed, digits, currency),
                "imposed": across(bars.imposed),
                "stands": across(bars.stands),
                "paid": across(bars.paid),
                "words": _one(bars, currency, digits),
            }
            for number, bars in enumerate(shown)
        ],
        "left_out": len(found) - len(shown),
        "words": _words(shown, currency, digits),
    }


def _words(found: Sequence[Bars], currency: str, digits: int) -> str:
    return "; ".join(_one(bars, currency, digits) for bars in found)


def _one(bars: Bars, currency: str, digits: int) -> str:
    imposed, stands, paid = (readable(value, digits, currency) for value in bars[1:])
    return f"{bars.name}: {imposed} imposed, {stands} of it in force, {paid} paid"


def _ticks(low: int, high: int, digits: int) -> list[int]:
    """Round amounts that the axis names: from the lowest on, up to one above the highest."""
    step = next(step for step in _steps(10**digits) if (high - low) <= 4 * step)
    return [step * count for count in range(-(-low // step), max(1, -(-high // step)) + 1)]


def _steps(unit: int) -> Iterator[int]:
    while True:
        yield from (unit, 2 * unit, 5 * unit)
        unit *= 10
