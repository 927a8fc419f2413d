"""YAML as people write it, read strictly: nothing is converted, nothing passes unseen, and every
fault is told with its file and line.

Dates and numbers stay text, so that `2022-02` is a month and `NO` is Norway; only true and false
are yes and no, only null and ~ are nothing. A key that stands twice, a key that nobody knows,
anchors, aliases and tags are faults.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import yaml

from events.words import line as one_line
from ledger.errors import Malformed, files_in_sentences

NESTING_MAX = 20

_WORDS = {"true": True, "false": False, "null": None, "~": None}


class _Loader(yaml.SafeLoader):
    """Composes nodes; their values are the text as it is written."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node. Raises MarkedYAMLError for what is not read."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        problem = None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            problem = "anchors and aliases (& and *) are not read; write the value out, or quote it"
        elif getattr(event, "tag", None):
            problem = "tags (!) are not read; leave the tag out, or quote the value"
        elif self.depth >= NESTING_MAX:
            problem = f"more than {NESTING_MAX} levels inside each other"
        if problem:
            mark = event.start_mark
            assert isinstance(mark, yaml.Mark)  # that of the loader written in Python
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


BYTES_MAX = 16 << 20
"""A file in YAML is in memory as a whole, and takes some fifty times its size there."""


def text_of(path: Path) -> str:
    """The text of a file. Raises Malformed where it is none, or too long to be read at once;
    FileTrouble where nothing is read."""
    if path.is_dir():
        raise Malformed(f"{path} is a folder; name the files in it: {path}/*.yml", file=str(path))
    with files_in_sentences(path), path.open("rb") as file:
        stored = file.read(BYTES_MAX + 1)
    if len(stored) > BYTES_MAX:
        raise Malformed(
            f"{path} has more than {BYTES_MAX >> 20} MB, the most that is read of a file in YAML",
            hint="part it into several files, or write lines of JSON, which are read one by one",
            file=str(path),
        )
    try:
        return stored.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = stored.count(b"\n", 0, error.start) + 1
        raise _malformed(str(path), line, "the file is not in UTF-8; save it as UTF-8") from None


def documents(text: str, file: str) -> Iterator[yaml.Node]:
    """The documents of a YAML text, without the empty ones. Raises Malformed."""
    loader = None
    try:
        loader = _Loader(text)
        while loader.check_node():
            node = loader.get_node()
            if node is not None and node.value != "":
                yield node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _malformed(file, mark.line + 1 if mark else 1, _told(error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what = f"contains the unprintable character U+{error.character:04X}; remove it"
        raise _malformed(file, line, what) from None
    except (ValueError, OverflowError):  # "\Uffffffff" and the like
        line = loader.line + 1 if loader else 1
        raise _malformed(file, line, "contains an escape that means no character") from None
    finally:
        if loader:
            loader.dispose()


def _told(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "this is not YAML"
    if "\\t" in problem:
        return "a tab stands where only blanks can; indent with blanks"
    if problem == "mapping values are not allowed here":
        return f"{problem}; put quotes around a text that contains a colon and a blank"
    return problem


def _malformed(file: str, line: int, message: str, hint: str | None = None) -> Malformed:
    return Malformed(f"{file}, line {line}: {message}", hint=hint, file=file, line=line)


def line_of(node: yaml.Node) -> int:
    """The line on which a node begins, from 1."""
    return int(node.start_mark.line) + 1


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` for the known word that comes nearest, or nothing."""
    found = get_close_matches(word.replace("-", "_"), list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


class Reading:
    """Takes nodes of one file apart. Everything raises Malformed, with the line."""

    def __init__(self, file: str) -> None:
        self.file = file

    def wrong(self, at: yaml.Node | int, message: str, hint: str | None = None) -> NoReturn:
        """Say what is wrong with a line of the file."""
        raise _malformed(self.file, at if isinstance(at, int) else line_of(at), message, hint)

    def mapping(
        self, node: yaml.Node, what: str, known: Iterable[str] | None = None
    ) -> dict[str, yaml.Node]:
        """The parts of a mapping by key; with `known` no other keys are let through."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} is written as lines `key: value`, not as {_shown(node)}")
        parts: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.wrong(key, f"{what} has {_shown(key)} where a key stands; quote it")
            if key.value in parts:
                self.wrong(key, f"{what} has {key.value!r} twice; keep one of them")
            if known is not None and key.value not in known:
                cure = nearest(key.value, known) or f"; the keys are {', '.join(known)}"
                self.wrong(key, f"{what} has no key {key.value!r}{cure}")
            parts[key.value] = value
        return parts

    def sequence(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        """The parts of a list."""
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, f"{what} is a list, each part after `- `, not {_shown(node)}")
        return list(node.value)

    def word(self, node: yaml.Node, what: str) -> str:
        """One line of text."""
        value = self.value(node)
        if not isinstance(value, str):
            self.wrong(node, f"{what}: a line of text belongs here, not {_shown(node)}")
        try:
            return one_line(value)
        except ValueError as error:
            self.wrong(node, f"{what} {error}")

    def value(self, node: yaml.Node) -> Any:
        """What stands there: text, True, False, None, lists and mappings of them."""
        if isinstance(node, yaml.MappingNode):
            parts = self.mapping(node, "the value")
            return {key: self.value(part) for key, part in parts.items()}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(part) for part in node.value]
        is_plain = isinstance(node, yaml.ScalarNode) and node.style is None
        return _WORDS.get(node.value, node.value) if is_plain else node.value


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "`key: value` pairs"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    text = str(node.value)
    return repr(text) if len(text) <= 60 else f"{text[:59]!r}…"
