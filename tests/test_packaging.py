"""What is built and installed: `events`, `ledger` and `cli.py`, and nothing else."""

import json
import re
import sys
from pathlib import Path
from subprocess import run
from zipfile import ZipFile

import pytest
import typer

import cli

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel, built without a network from the source distribution, so that both are whole."""
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.glob("*.whl")
    return ZipFile(path)


@pytest.fixture(scope="module")
def installed(wheel: ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files as an installer would lay them out."""
    folder = tmp_path_factory.mktemp("site-packages")
    wheel.extractall(folder)
    return folder


def python(installed: Path, code: str) -> str:
    """What `code` prints where the installed copy comes before the source tree."""
    done = run(
        [sys.executable, "-c", code],
        cwd=installed.parent,
        env={"PYTHONPATH": str(installed), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_brings_events_ledger_and_cli_and_nothing_else(wheel: ZipFile) -> None:
    top = {name.partition("/")[0] for name in wheel.namelist()}
    assert top == {"events", "ledger", "cli.py", "caseledger-0.1.0.dist-info"}


def test_the_wheel_has_every_file_of_both_packages(wheel: ZipFile) -> None:
    """Case files, SQL, templates and styles too."""
    there = {
        path.relative_to(ROOT).as_posix()
        for package in ("events", "ledger")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in wheel.namelist() if name.startswith(("events/", "ledger/"))}
    assert packed == there | {"ledger/metadata.yml"}
    assert any(name.startswith("ledger/cases/") and name.endswith(".yml") for name in packed)


def test_the_wheel_describes_the_tables_with_the_same_words_as_the_source(wheel: ZipFile) -> None:
    assert wheel.read("ledger/metadata.yml") == (ROOT / "metadata.yml").read_bytes()


def test_the_wheel_comes_with_its_licence(wheel: ZipFile) -> None:
    packed = wheel.read("caseledger-0.1.0.dist-info/licenses/LICENSE")
    assert packed == (ROOT / "LICENSE").read_bytes()


@pytest.mark.datasette
def test_the_command_and_the_datasette_plugin_load_from_the_installed_copy(
    installed: Path,
) -> None:
    code = """
import importlib.metadata as m
entries = m.distribution("caseledger").entry_points
print(sorted((e.group, e.name, e.value) for e in entries))
import cli, ledger.web
assert callable(next(iter(entries.select(group="console_scripts"))).load())
print(cli.__file__, ledger.web.__file__)
"""
    entries, files = python(installed, code).splitlines()
    assert entries == str(
        [
            ("console_scripts", "caseledger", "cli:main"),
            ("datasette", "caseledger", "ledger.web"),
        ]
    )
    assert files.count(str(installed)) == 2


def test_no_other_package_here_brings_events_or_ledger(installed: Path) -> None:
    """PyPI's `Events` brings a folder `events`, which pip lays over ours without a word."""
    code = """
import importlib.metadata as m
owners = m.packages_distributions()
print(*(sorted(set(owners[name])) for name in ("events", "ledger", "cli")))
"""
    assert python(installed, code) == "['caseledger'] ['caseledger'] ['caseledger']"


def test_the_dockerfile_starts_the_program_as_it_can_be_started() -> None:
    (told,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text("utf-8"), re.M)
    program, verb, *options = json.loads(told)
    command = typer.main.get_command(cli.app).commands[verb]
    given = command.make_context(verb, options, resilient_parsing=False).params
    assert program == "caseledger"
    assert (given["public"], given["host"], given["port"]) == (True, "0.0.0.0", 8001)
    assert given["db"] == Path("/public/ledger.db")


def test_who_uses_the_library_gets_its_types(wheel: ZipFile) -> None:
    assert {"events/py.typed", "ledger/py.typed"} <= set(wheel.namelist())
