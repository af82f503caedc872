"""Write the news of an update for users: one file in docs/changes/ for each change they notice."""

from __future__ import annotations

import ast
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, get_args

from pipeline.diff.change import Change, PythonChange, Severity
from pipeline.diff.join import IN_PYTHON
from pipeline.diff.report.markup import write_code
from pipeline.update.markdown import escape_prose

Kind = Literal["breaking", "changed", "added", "deprecated", "fixed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What ``[tool.towncrier]`` in pyproject.toml has a heading for, in its order."""

# Compatible edits of these rules change no call and no value: nobody can notice them.
_UNNOTICED = frozenset({"wording", "extension-changed", "tags-changed"})
_NAMED = 3
"""As many names stand in an entry; a schema that all operations use touches dozens."""

_LEFT_OUT = "_left_out"
_SUBJECT = re.compile(r"`(?P<name>[^`]+)`(?P<colon>:?) ")


def name_fragments(changes: Sequence[Change]) -> list[tuple[Kind, str]]:
    """Say each change in a sentence for users, the worst kind first, each sentence once.

    Compatible changes that no program can notice, such as another wording, are left out.
    """
    entries: dict[tuple[Kind, str], None] = {
        (_find_kind(change), _describe(change)): None
        for change in changes
        if change.python or change.severity or change.rule not in _UNNOTICED
    }
    return sorted(entries, key=lambda entry: KINDS.index(entry[0]))


def write_fragment(folder: Path, text: str, kind: Kind) -> Path:
    """Write an entry for the changelog and return its file, whose name comes of what it says.

    The same entry has the same file. One that is there stays as it is: a person may have reworded
    it.
    """
    if not text.strip():
        raise ValueError("an entry of the changelog says something")
    content = f"{text.strip()}\n".encode()
    digest = hashlib.sha256(content).hexdigest()[:12]
    path = folder / f"+{'-'.join([*_shorten_words(text), digest])}.{kind}.md"
    folder.mkdir(parents=True, exist_ok=True)
    # A name that the changelog passes over, should this run be killed here.
    temporary = folder / f".{digest}.new"
    try:
        temporary.write_bytes(content)
        os.link(temporary, path)  # unlike a rename, it never takes the place of a file
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _shorten_words(text: str) -> list[str]:
    """Return the first words of a text, as many as a name of a file bears."""
    words = re.findall("[a-z0-9]+", text.lower())
    return [word for place, word in enumerate(words) if len("-".join(words[: place + 1])) <= 40]


def _find_kind(change: Change) -> Kind:
    if change.severity is Severity.BREAKING:
        return "breaking"
    if change.severity is Severity.DANGEROUS:
        return "changed"
    return "deprecated" if change.rule == "deprecated" else "added"


def _describe(change: Change) -> str:
    sentences = [_describe_name(one) for one in change.python]
    what = _join(sentences, "; ") if sentences else _describe_edit(change)
    parts = [what]
    is_said = bool(sentences) and change.caller.startswith(IN_PYTHON)
    if change.severity is not Severity.COMPATIBLE and change.caller and not is_said:
        parts.append(escape_prose(change.caller))
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts)


def _describe_name(change: PythonChange) -> str:
    name = write_code(_shorten(change.symbol))
    if change.before is None and change.after is not None:
        return f"{name} is new"
    if change.after is None and change.before is not None:
        return f"{name} is gone"
    verbs = _compare_arguments(change.before or "", change.after or "")
    if verbs and "; " not in change.what:  # which tells of more than its arguments
        return f"{name} {' and '.join(verbs)}"
    what = change.what.removesuffix(".")
    own = f"`{change.symbol.rpartition('.')[2]}` "
    if what.startswith(own):  # which the name says already
        return f"{name} {escape_prose(what.removeprefix(own))}"
    return f"{name}: {escape_prose(what)}"


def _describe_edit(change: Change) -> str:
    names = [_shorten(symbol) for symbol in change.symbols] or list(change.operations)
    if not names:
        what = escape_prose(change.what)
        return what[:1].upper() + what[1:]
    said = _SUBJECT.match(change.what)
    # The subject may be that name, with or without the module that it is in.
    if len(names) == 1 and said and f".{names[0]}".endswith(f".{said['name']}"):
        rest = change.what[said.end() :]
        return f"{write_code(names[0])}{said['colon']} {escape_prose(rest)}"
    what = escape_prose(change.what)
    return f"{_join([write_code(name) for name in names], ', ')}: {what}"


def _compare_arguments(before: str, after: str) -> list[str]:
    """Say which arguments of a function came and went; nothing when that is not what changed."""
    old, new = _read_arguments(before), _read_arguments(after)
    if old is None or new is None:
        return []
    shown = {
        "takes": [name for name, required in new.items() if name not in old and not required],
        "needs": [name for name, required in new.items() if required and not old.get(name)],
        "no longer takes": [name for name in old if name not in new],
    }
    return [
        f"{verb} {_join(map(write_code, names), ', ')}" for verb, names in shown.items() if names
    ]


def _read_arguments(declaration: str) -> dict[str, bool] | None:
    """Read the arguments of a function and whether each is required; None for anything else."""
    # What both sides have in common may be left out of a long declaration: ``def list(*, …)``.
    text = declaration.strip().rstrip(":").replace("…", f"{_LEFT_OUT}=0")
    try:
        node = ast.parse(f"{text}: ...").body[0]
    except SyntaxError:
        return None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    optional = len(positional) - len(spec.defaults)
    found = {one.arg: place < optional for place, one in enumerate(positional)}
    found |= {
        one.arg: default is None
        for one, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
    }
    found.pop(_LEFT_OUT, None)
    return found


def _shorten(symbol: str) -> str:
    """Name a method as both clients have it: ``modules.list``."""
    return re.sub(r"^(Async)?Harness\.(?=.)", "", symbol)


def _join(names: Iterable[str], separator: str) -> str:
    unique = list(dict.fromkeys(names))
    shown = unique[:_NAMED]
    more = len(unique) - len(shown)
    return separator.join([*shown, *([f"and {more} more"] if more else [])])
