"""What several tests need: a real browser that is watched, a plain environment, a clerk's desk."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    sync_playwright,
)

import cli
from ledger.audit import audit
from ledger.book import Book, create
from ledger.store import Store
from tests.sessions import SESSION, Ran, Run

ROOT = Path(__file__).resolve().parent.parent
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HERE = ("127.0.0.1", "localhost", "::1")

# How long an example takes says more about the machine than about the code.
settings.register_profile("caseledger", settings(), deadline=None)
settings.load_profile("caseledger")


def pytest_configure() -> None:
    """Keep what the developer has set for their own ledger out of the tests."""
    for name in [name for name in os.environ if name.startswith("CASELEDGER_")]:
        del os.environ[name]


@dataclass
class BrowserLog:
    """What went wrong in the browser. A test that provokes an error asserts it and removes it."""

    errors: list[str] = field(default_factory=list)
    """Errors on the console, and exceptions that no script caught."""
    elsewhere: list[str] = field(default_factory=list)
    """Addresses on other hosts that a page asked for; none is let through."""

    def watch(self, context: BrowserContext) -> None:
        """Note what happens in every page of `context`."""

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.errors.append(f"{message.location.get('url', '')}: {message.text}")

        def asked(route: Route) -> None:
            address = urlsplit(route.request.url)
            if address.scheme in ("http", "https") and address.hostname not in HERE:
                self.elsewhere.append(route.request.url)
                route.abort()
            else:
                route.continue_()

        context.on("console", heard)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.route("**/*", asked)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is. Without one the tests fail: a page nobody looked at is not tested."""
    found = subprocess.run(
        [ROOT / ".ci" / "chromium", "--find"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return found or pytest.fail("there is no Chromium here; .ci/chromium installs one")


@pytest.fixture
def chromium(chromium_path: str) -> Iterator[Browser]:
    """A Chromium of the test's own.

    Not shared between tests: while Playwright runs, `asyncio.run` does not, and tests of
    Datasette in process need it.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_log() -> BrowserLog:
    """What went wrong in the pages of this test."""
    return BrowserLog()


@pytest.fixture
def new_page(chromium: Browser, browser_log: BrowserLog) -> Iterator[Callable[..., Page]]:
    """Opens an empty page in a context of its own, with the options of `Browser.new_context`.

    For instance `new_page(viewport={"width": 390, "height": 844})`. When the test is over, no
    page may have logged an error or asked another host for anything.
    """

    def open_page(**options: Any) -> Page:
        context = chromium.new_context(**options)
        browser_log.watch(context)
        return context.new_page()

    yield open_page
    for context in chromium.contexts:
        context.close()
    assert (browser_log.errors, browser_log.elsewhere) == ([], [])


@pytest.fixture
def chromium_page(new_page: Callable[..., Page]) -> Page:
    """An empty page in Chromium, watched as `new_page` says."""
    return new_page()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """An empty ledger that must be sound when the test is over."""
    create(tmp_path / "ledger.db", "a test")
    with Book(tmp_path / "ledger.db") as opened:
        yield opened
        assert opened.check() == []
        assert audit(opened).problems == []


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """The ledger at the `path` of the module, open to be written."""
    with Store(path) as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in an empty folder, in process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASELEDGER_BY", "clerk")

    def ran(line: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["caseledger", *shlex.split(line)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Ran(int(ended.value.code or 0), *capfd.readouterr())

    return ran


@pytest.fixture(scope="session")
def after_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger after the clerk's session."""
    folder = tmp_path_factory.mktemp("session")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("CASELEDGER_BY", "clerk")
        for line in SESSION:
            patch.setattr(sys, "argv", ["caseledger", *shlex.split(line)])
            with pytest.raises(SystemExit) as ended:
                cli.main()
            assert not ended.value.code, line
    return folder / "ledger.db"


@pytest.fixture
def session(run: Run, after_session: Path, tmp_path: Path) -> Run:
    """As `run`, in a folder with the ledger after the clerk's session."""
    shutil.copy(after_session, tmp_path)
    return run
