"""Whether the commands that pages show exist: sessions, modules, their commands and options.

Each is judged by the parser of the program itself; nothing is run but ``pip --help``.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
import subprocess
import sys
import tomllib
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from towncrier._shell import cli as towncrier

from harness_nextgen_sandbox.command import make_parser
from pipeline.cli import build_parser

ROOT = Path(__file__).parents[2]

SHELL = {
    ".",
    "cat",
    "cd",
    "cp",
    "export",
    "git",
    "mkdir",
    "printf",
    "read",
    "rm",
    "sed",
    "tail",
    "unset",
}
"""What every shell has, and git: taken as it is."""
FOREIGN = {"devpi", "keyring", "mypy", "poetry", "pypi-server", "twine", "uv"}
"""Programs of others, whose options nobody here knows; what proves them is another test."""

_EITHER = re.compile(r"[\w-]+(?:\|[\w-]+)+")
_ENDS = ("&&", "||", "|", ";", "&")
_Judge = Callable[[list[str]], str | None]


def find_faults(code: str) -> Iterator[str]:
    """Yield what is wrong with the commands of a block; a block with prompts shows output too."""
    lines = code.replace("\\\n", " ").splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    for line in lines:
        for command in split(line):
            if message := judge(command):
                yield f"{shlex.join(command)}: {message}"


def split(line: str) -> Iterator[list[str]]:
    """Yield the commands of a line, once with each of the words in ``this|that``."""
    if found := _EITHER.search(line):
        for word in found[0].split("|"):
            yield from split(line[: found.start()] + word + line[found.end() :])
        return
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;")
    lexer.whitespace_split = True
    command: list[str] = []
    for word in lexer:
        if word in _ENDS:
            yield command
            command = []
        else:
            command.append(word)
    if command:
        yield command


def judge_mention(code: str) -> str | None:
    """Say what is wrong with the beginning of a command that a sentence names, if it is one."""
    if found := re.match(r"(?:python3? -m )?nox -s ([\w-]+)(?= |$)", code):
        return None if found[1] in read_sessions() else f"there is no session {found[1]}"
    if found := re.match(r"python3? -m pipeline ([a-z]+)(?: ([a-z]+))?(?= |$)", code):
        return parse(build_parser(), [*filter(None, found.groups()), "--help"])
    return None


def judge(command: list[str]) -> str | None:
    """Say what is wrong with a command, if anything is."""
    while command and re.match(r"[A-Z_]+=", command[0]):
        command = command[1:]
    if not command or command[0] in SHELL | FOREIGN | read_scripts():
        return None
    program, arguments = command[0], command[1:]
    if re.fullmatch(r"python(3(\.\d+)?)?", program):
        return judge_python(arguments)
    judges: dict[str, _Judge] = {
        "nox": judge_nox,
        "pip": judge_pip,
        "pipx": lambda words: judge(words[1:]) if words[0] == "run" else "is not `pipx run`",
        "pytest": judge_pytest,
        "towncrier": judge_towncrier,
    }
    if program in judges:
        return judges[program](arguments)
    return "nobody here knows this program: tests/site/commands.py lists those that may be shown"


def judge_python(arguments: list[str]) -> str | None:
    """Judge what Python is asked to run: a module by its parser, a file by being shown."""
    if arguments[:1] != ["-m"]:
        # A file that the reader has made, which tests/site/test_getting_started.py runs.
        return None if arguments and arguments[0].endswith(".py") else "runs no module and no file"
    module, rest = arguments[1], arguments[2:]
    judges: dict[str, _Judge] = {
        "harness_nextgen_sandbox": lambda words: parse(make_parser(), words),
        "nox": judge_nox,
        "pip": judge_pip,
        "pipeline": lambda words: parse(build_parser(), words),
        "pytest": judge_pytest,
    }
    if module in judges:
        return judges[module](rest)
    return None if find_spec(module) else f"there is no module {module}"


def judge_nox(arguments: list[str]) -> str | None:
    """Judge a session by its name, and what stands behind -- by the program that gets it."""
    options, _, passed = _partition(arguments, "--")
    for name in _values_of(options, "-s"):
        if name not in read_sessions():
            return f"there is no session {name}"
        for command in read_sessions()[name] if passed else ():
            if message := judge([*command, *passed]):
                return message
    return None


def judge_pip(arguments: list[str]) -> str | None:
    """Judge the options of pip by its help, and the extras of ours by pyproject.toml."""
    offered = _ask_pip(arguments[0])
    for word in arguments[1:]:
        if word.startswith("-") and word.split("=")[0] not in offered:
            return f"pip {arguments[0]} has no {word}"
        with contextlib.suppress(InvalidRequirement):
            wanted = Requirement(word)
            if wanted.name == "harness-nextgen" and not wanted.extras <= read_extras():
                return f"there is no extra {sorted(wanted.extras - read_extras())[0]}"
    return None


def judge_pytest(arguments: list[str]) -> str | None:
    """Leave to pytest what is meant for it."""
    return None


def judge_towncrier(arguments: list[str]) -> str | None:
    """Judge the options of towncrier by its own list of them."""
    offered = {
        option for parameter in towncrier.commands["build"].params for option in parameter.opts
    }
    unknown = [word for word in arguments[1:] if word.startswith("-") and word not in offered]
    return f"towncrier has no {unknown[0]}" if unknown else None


def parse(parser: ArgumentParser, arguments: Sequence[str]) -> str | None:
    """Return why a parser refuses some arguments, or nothing."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            parser.parse_args(arguments)
    except SystemExit as stop:
        return said.getvalue().splitlines()[-1] if stop.code else None
    return None


@cache
def read_sessions() -> dict[str, list[list[str]]]:
    """Return the sessions of the noxfile with the commands that get what stands behind --."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    sessions: dict[str, list[list[str]]] = {}
    for function in functions.values():
        for decorator in function.decorator_list:
            if "nox.session" in ast.unparse(decorator):
                named = re.search(r"name='([\w-]+)'", ast.unparse(decorator))
                name = named[1] if named else function.name
                sessions[name] = list(_list_runs(function, functions))
    return sessions


@cache
def read_extras() -> set[str]:
    """Return the extras of our distribution."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return set(project["optional-dependencies"])


@cache
def read_scripts() -> set[str]:
    """Return the programs that the projects among the examples install."""
    projects = (ROOT / "docs/examples").glob("*/pyproject.toml")
    tables = [tomllib.loads(path.read_text(encoding="utf-8"))["project"] for path in projects]
    return {name for table in tables for name in table.get("scripts", {})}


def _list_runs(
    function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]
) -> Iterator[list[str]]:
    """Yield the commands of a session, and of the functions that it calls, which end in posargs."""
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in functions:
            yield from _list_runs(functions[node.func.id], functions)
        elif ast.unparse(node.func) == "session.run":
            last = node.args[-1]
            if isinstance(last, ast.Starred) and ast.unparse(last.value) == "session.posargs":
                yield [one.value for one in node.args if isinstance(one, ast.Constant)]


@cache
def _ask_pip(command: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pip", command, "--help"], capture_output=True, text=True, check=True
    )
    return set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", done.stdout))


def _partition(words: list[str], mark: str) -> tuple[list[str], str, list[str]]:
    at = words.index(mark) if mark in words else len(words)
    return words[:at], mark, words[at + 1 :]


def _values_of(words: list[str], option: str) -> Iterator[str]:
    for before, word in pairwise(words):
        if before == option:
            yield word
