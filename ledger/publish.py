"""A copy for the public: without what is confidential, and under the same root.

It is made by projecting the public events into a new file, never by deleting from a copy: what
SQLite deletes lives on in free pages and in indexes.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from ledger.audit import ROOT, audit
from ledger.book import Book
from ledger.clock import utc_now
from ledger.errors import (
    FileTrouble,
    Refused,
    VerificationFailed,
    files_in_sentences,
    in_sentences,
)
from ledger.placing import place
from ledger.schema import is_publication
from ledger.store import Store

FILE = "ledger.db"
"""Datasette's pages go by the name of the file."""

PAGES = "pages.txt"
"""The list of the plain pages that stand beside it, so that they can go again, and nothing else."""

_LISTED = "Plain pages made by `caseledger publish`, which takes them away when it publishes again:"


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publication."""

    file: str
    cases: int
    entries: int
    """Leaves under the root, those of withheld events included."""
    withheld: int
    """Events that are not shown: of each only its fingerprint is there."""
    root: str
    """In hex; that of the ledger itself."""
    files: int = 0
    """Plain files beside it."""


def publish(
    book: Book, out: Path, metadata: Path, pages: Callable[[Path], object] | None = None
) -> Published:
    """Make a folder with a verified public copy of a ledger, ready for `datasette -i`.

    `metadata` is the description for Datasette, which is put beside it; `pages` writes plain pages
    beside the file that it is given. A publication of the same ledger that stands there is
    replaced, its plain pages included; it stays as it was where anything fails before that.

    Raises VerificationFailed where the ledger or the copy is not what it should be, Refused where
    other files stand there, FileTrouble.
    """
    book.require_original("is not published again: it lacks what is withheld")
    folder = out.resolve()
    with in_sentences(folder / FILE), files_in_sentences(folder), _folder(folder):
        _check_is_ours(book, folder)
        _check_is_apart(book, folder)
        earlier = _listed(folder)
        # Beside what it is to replace, so on the same disk; names with a dot are nobody's page.
        with TemporaryDirectory(prefix=".publish-", dir=folder) as name:
            made = Path(name)
            done = _copied(book, made / FILE)
            shutil.copyfile(metadata, made / "metadata.yml")
            (made / ROOT).write_text(f"{done.entries}:{done.root}\n", encoding="utf-8")
            plain = _written(made, pages) if pages else []
            _check_way_is_free(folder, plain, earlier)
            _put_in_place(made, folder, plain, earlier)
    return replace(done, file=str(folder / FILE), files=len(plain))


@contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """A folder that is there; one that was made for what then failed is gone again."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise


def _copied(book: Book, target: Path) -> Published:
    """Make the copy itself. Raises VerificationFailed where it is not under the ledger's root."""
    with book.store.reading():
        found = audit(book)
        if found.problems:
            raise VerificationFailed(
                f"nothing was published, because the ledger is not what it was: "
                f"{found.problems[0].what}",
                hint="see all that was found: `caseledger verify`",
            )
        cases, withheld = book.publish_into(target, utc_now())
    with Book(target, read_only=True) as copy:
        of_copy = audit(copy, found.checkpoint)
    if of_copy.problems:
        raise VerificationFailed(f"nothing was published: {of_copy.problems[0].what}")
    return Published(str(target), cases, found.count, withheld, found.root.hex())


def _check_is_ours(book: Book, folder: Path) -> None:
    """Raises Refused where a folder holds something and is no publication of this ledger.

    Hidden files at its top (.git, .DS_Store) are nobody's publication, and in nobody's way.
    """
    there = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if there and not (FILE in there and _is_of(book, folder / FILE)):
        raise Refused(
            f"{folder} is not empty (it holds {there[0]}) and is not a publication of this ledger;"
            " nothing was changed",
            hint="name another folder, or an empty one",
            file=str(folder),
        )


def _check_is_apart(book: Book, folder: Path) -> None:
    """Raises Refused where what is confidential lies in the folder that is to go to the public."""
    private = book.private.path
    if private.is_relative_to(folder):
        raise Refused(
            f"{private} holds what is confidential, and would lie in the folder that is published;"
            " nothing was changed",
            hint="name another folder, or another file in CASELEDGER_PRIVATE",
            file=str(folder),
        )


def _is_of(book: Book, target: Path) -> bool:
    query = "select ledger_id from main.meta"
    try:
        with in_sentences(target), closing(Store(target, read_only=True)) as there:
            same = there.conn.execute(query).fetchone() == book.store.conn.execute(query).fetchone()
            return same and is_publication(there.conn)
    except FileTrouble:
        # Whatever it is, it cannot be told that it was made here.
        return False


def _listed(folder: Path) -> set[str]:
    """The plain pages of the publication that stands in a folder.

    Raises Refused where they are there and the list of them is not, or where another file has
    its name.
    """
    path = folder / PAGES
    if os.path.lexists(path):
        first, *names = path.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
        if first != _LISTED:
            raise _in_the_way(path)
        return {name for name in names if _is_page(name)}
    if os.path.lexists(folder / "-"):
        raise Refused(
            f"{folder} has plain pages of an earlier publication, and no list of them in {PAGES};"
            " nothing was changed",
            hint="remove index.html, ledger.html and the folders ledger and - there, and try again",
            file=str(folder),
        )
    return set()


def _is_page(name: str) -> bool:
    """Whether it is a name that plain pages may have, lest an edited list takes anything away."""
    top, *below = PurePosixPath(name).parts or ("",)
    if ".." in below:
        return False
    return top in ("ledger", "-") if below else top in ("index.html", "ledger.html")


def _written(made: Path, pages: Callable[[Path], object]) -> list[str]:
    """The names of the plain pages, once they are written beside the copy."""
    before = set(made.iterdir())
    pages(made / FILE)
    new = [path for path in made.rglob("*") if path not in before and path.is_file()]
    return sorted(name for path in new if _is_page(name := path.relative_to(made).as_posix()))


def _check_way_is_free(folder: Path, plain: Iterable[str], earlier: set[str]) -> None:
    for name in plain:
        if name not in earlier and os.path.lexists(folder / name):
            raise _in_the_way(folder / name)


def _in_the_way(path: Path) -> Refused:
    return Refused(
        f"{path} was not made by publishing; nothing was changed",
        hint="move it away, or name another folder",
        file=str(path),
    )


def _put_in_place(made: Path, folder: Path, plain: list[str], earlier: set[str]) -> None:
    """Give what was made its names, each whole at once, and take away the pages that are no more.

    Stopped in between, the list names old and new pages: the next publication tidies up.
    """
    _list(folder, {*plain, *earlier})
    if os.path.lexists(folder / FILE):
        (made / FILE).replace(folder / FILE)
    else:
        place(made / FILE, folder / FILE)
    for name in (ROOT, "metadata.yml", *plain):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).replace(folder / name)
    for name in sorted(earlier - set(plain)):
        (folder / name).unlink(missing_ok=True)
        _remove_empty(folder, (folder / name).parent)
    _list(folder, set(plain))


def _remove_empty(folder: Path, emptied: Path) -> None:
    while emptied != folder and emptied.is_dir() and not any(emptied.iterdir()):
        emptied.rmdir()
        emptied = emptied.parent


def _list(folder: Path, names: set[str]) -> None:
    path = folder / PAGES
    if names:
        path.write_text("\n".join([_LISTED, *sorted(names), ""]), encoding="utf-8")
    else:
        path.unlink(missing_ok=True)
