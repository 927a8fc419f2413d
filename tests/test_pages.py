"""The pages in a real browser: they open without an error, ask nobody else, and read well."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import BrowserLog
from tests.published import clearview, served

pytestmark = pytest.mark.datasette

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "build" / "screenshots"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the Clearview cases are served, in a process of its own as for people."""
    path = clearview(tmp_path_factory.mktemp("pages"))
    with served(path) as found:
        yield found


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


SIZES = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
OURS = [
    "",
    "ledger/cases/cnil-clearview",
    "ledger/cases/ico-clearview",
    "-/party/clearview-ai",
    "-/authority/CNIL",
    "-/search?q=clearview",
    "-/search?q=nowhere",
]
"""Pages whose every word is ours."""

THEIRS = [
    "-/",
    "ledger",
    "ledger/cases",
    "ledger/events",
    "ledger/fines",
    "ledger/events/1",
    "ledger/overdue_on",
    "ledger/fines/nope,nobody",
]
"""Datasette's own, with what our style sheet and our script mend."""

AXE = (ROOT / "tests" / "axe.min.js").read_text(encoding="utf-8")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def faults(page: Page, rules: list[str]) -> list[str]:
    """What axe-core finds wrong with a page, a line each."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    return [
        f"{page.url}: {fault['id']}: {node['target']}: {node['html'][:100]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_our_pages_can_be_used_by_all(
    new_page: Callable[..., Page], address: str, width: int, scheme: str
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    wrong = []
    for path in OURS:
        page.goto(f"{address}{path}")
        wrong += faults(page, [*WCAG, "best-practice"])
        for summary in page.locator("main summary").all()[:3]:
            summary.click()
        wrong += faults(page, WCAG)
    assert wrong == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_of_tables_come_as_near_to_that_as_templates_allow(
    new_page: Callable[..., Page], browser_log: BrowserLog, address: str, width: int
) -> None:
    """Headings that skip a level are Datasette's, and no rule of WCAG."""
    page = new_page(viewport={"width": width, "height": 900})
    wrong = []
    for path in THEIRS:
        page.goto(f"{address}{path}", wait_until="networkidle")
        wrong += faults(page, WCAG)
    assert wrong == []
    (missing,) = browser_log.errors
    assert "nope" in missing
    browser_log.errors.clear()


@pytest.mark.parametrize("path", OURS)
def test_nothing_is_cut_off_on_a_telephone(
    new_page: Callable[..., Page], address: str, path: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}{path}")
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    # Not by a locator: in 1.0 those look into the parts of the page that have a tree of their own.
    beyond = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(one => {"
        " const box = one.getBoundingClientRect();"
        " const cut = one.matches('svg *') && box.left < 15;"
        " return (box.width || box.height) && (box.right > 390 || cut) })"
        ".map(one => one.outerHTML.slice(0, 200))"
    )
    assert beyond == []


LIGHT = "one => getComputedStyle(one).color.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
"""How light the ink is: from 0, black, to 765."""


@pytest.mark.parametrize("path", OURS)
def test_a_page_is_dark_for_who_wants_it_so_and_light_on_paper(
    new_page: Callable[..., Page], address: str, path: str
) -> None:
    page = new_page(color_scheme="dark")
    page.goto(f"{address}{path}")
    drawn = page.locator("main h1, main svg text")
    assert min(drawn.evaluate_all(f"all => all.map({LIGHT})")) > 400
    page.emulate_media(media="print", color_scheme="dark")
    assert max(drawn.evaluate_all(f"all => all.map({LIGHT})")) < 300


def step(page: Page, name: str) -> None:
    """One step of the walk, kept as a picture."""
    size = page.viewport_size
    assert size is not None
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    picture(page, f"walk-{name}-{size['width']}-{'dark' if dark else 'light'}")


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_somebody_walks_from_the_home_page_to_the_source_and_back(
    new_page: Callable[..., Page], address: str, width: int, scheme: str
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(address)
    page.get_by_label("Find a case").fill("délibération reconnaissance")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_contain_text("No case has these words")
    page.get_by_role("searchbox").fill("med-2021-134")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_contain_text("MED-2021-134")
    step(page, "0-search")
    page.get_by_role("link", name="home").click()
    euro = page.locator("section.currency", has_text="EUR")
    expect(euro.get_by_role("img").first).to_have_accessible_name(re.compile("CNIL: 25,200,000.00"))
    euro.locator("summary").first.click()
    step(page, "1-home")
    euro.get_by_role("link", name="CNIL").click()

    expect(page.locator("h1")).to_have_text("CNIL")
    step(page, "2-authority")
    page.get_by_role("link", name="Faces collected from the web").first.click()

    expect(page.locator("main")).to_contain_text("25,200,000.00 EUR still owed")
    step(page, "3-case")
    page.get_by_label("As of").fill("2022-03-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("status")).to_contain_text("as of 1 March 2022")
    expect(page.locator("main")).not_to_contain_text("SAN-2022-019")
    step(page, "4-as-of")
    page.get_by_role("link", name="As it stands").click()

    page.locator(".stands a.mark").first.click()
    expect(page.locator("li:target")).to_be_in_viewport()
    page.locator("li:target summary").click()
    expect(page.locator("li:target pre")).to_be_visible()
    expect(page.locator("li:target").get_by_role("link", name="source")).to_be_visible()
    step(page, "5-provenance")
    page.locator("li:target").get_by_role("link", name=re.compile("^event #")).click()
    expect(page.locator("body")).to_contain_text("recorded_at")
    page.go_back()

    page.get_by_role("link", name="Clearview AI, Inc.").first.click()
    expect(page.locator("main")).to_contain_text("7 cases before 7 authorities")
    step(page, "6-party")

    page.get_by_role("link", name="home").click()
    calendar = page.get_by_role("link", name="Deadlines as a calendar").get_attribute("href")
    answer = page.request.get(f"{address}{str(calendar).removeprefix('/')}")
    assert answer.text().startswith("BEGIN:VCALENDAR")
    feed = page.get_by_role("link", name="What is new, as a feed").get_attribute("href")
    answer = page.request.get(f"{address}{str(feed).removeprefix('/')}")
    assert "http://www.w3.org/2005/Atom" in answer.text()


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
