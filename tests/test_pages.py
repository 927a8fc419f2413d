"""The pages in a real browser: they open without an error, ask nobody else, and read well."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.published import clearview

pytestmark = pytest.mark.datasette

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "build" / "screenshots"
SERVING = """
import sys
from ledger.serve import serve
serve(sys.argv[1], announce=lambda url: print(url, flush=True))
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the Clearview cases are served, in a process of its own as for people."""
    path = clearview(tmp_path_factory.mktemp("pages"))
    server = subprocess.Popen(
        [sys.executable, "-c", SERVING, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert server.stdout is not None
    for line in server.stdout:
        if line.startswith("http://"):
            break
    else:
        pytest.fail("the server did not start")
    yield line.strip()
    server.send_signal(signal.SIGINT)
    assert server.wait(timeout=30) == 0, "Ctrl-C ends the server in order"


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


WALK = {
    "home": ("", "Imposed and paid"),
    "databases": ("-/", "Regulatory cases"),
    "database": ("ledger", "open_deadlines"),
    "cases": ("ledger/cases", "Faces collected from the web"),
    "case": ("ledger/cases/cnil-clearview", "still owed by what is recorded"),
    "orders": ("ledger/orders", "MED-2021-134"),
    "fines": ("ledger/fines", "20,000,000.00 EUR"),
    "events": ("ledger/events", "fine_imposed"),
    "event": ("ledger/events/1", "case_opened"),
    "timeline": ("ledger/case_timeline?case_id=cnil-clearview", "Deadline D1 missed"),
    "unpaid": ("ledger/unpaid_fines", "20,000,000.00 EUR"),
    "respondent": ("ledger/respondent?party=clearview-ai", "7,552,800.00 GBP"),
    "search": ("-/search?q=clearview+delete", "cnil-clearview"),
    "overdue": ("ledger/overdue_on?day=2021-09-20", "imy-police"),
}


@pytest.mark.parametrize("name", WALK)
@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_opens_and_shows_what_it_is_about(
    new_page: Callable[..., Page], address: str, name: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    path, words = WALK[name]
    answer = page.goto(f"{address}{path}")
    assert answer is not None
    assert answer.ok
    expect(page.locator("body")).to_contain_text(words)
    picture(page, f"{name}-{width}")


def test_from_a_case_one_gets_to_its_fine_and_to_the_event_behind_it(
    chromium_page: Page, address: str
) -> None:
    page = chromium_page
    page.goto(f"{address}ledger/cases")
    page.get_by_role("link", name="cnil-clearview").first.click()
    page.goto(f"{address}ledger/fines?case_id=cnil-clearview&fine_ref=SAN-2022-019")
    page.locator("td.col-first_event a").first.click()
    expect(page.locator("body")).to_contain_text("fine_imposed")
    expect(page.locator("body")).to_contain_text("SAN-2022-019")


def test_the_page_of_a_case_fits_a_telephone(new_page: Callable[..., Page], address: str) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}ledger/cases/cnil-clearview")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_from_a_search_one_gets_to_the_case_on_a_telephone(
    new_page: Callable[..., Page], address: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}-/search")
    page.get_by_role("searchbox").fill("MED-2021-134")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_contain_text("MED-2021-134")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".search label").evaluate("e => e.offsetWidth") > 300
    page.locator(".found li a").first.click()
    expect(page.locator("main h1")).to_contain_text("cnil-clearview")
