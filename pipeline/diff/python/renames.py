"""Which names of a surface evidently have another name in the next one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.values import Json

_ALIKE = 0.75
"""The part of their members that two classes must share to be the same under another name."""
_ENOUGH = 3
"""With fewer members in common, likeness is chance."""


@dataclass(frozen=True, slots=True)
class Renames:
    """New symbols by the old, and new names of classes by the old."""

    symbols: Mapping[str, str]
    names: Mapping[str, str]

    def follow(self, symbol: str) -> str:
        """Return what an old symbol is called now."""
        home, dot, name = symbol.rpartition(".")
        if symbol in self.symbols:
            return self.symbols[symbol]
        return f"{self.follow(home)}{dot}{name}" if home else symbol

    def respell(self, text: str) -> str:
        """Return a declaration with the new names of classes."""
        if not self.names:
            return text
        pattern = rf"(?<![\w.'\"])({'|'.join(map(re.escape, self.names))})(?![\w'\"])"
        return re.sub(pattern, lambda found: self.names[found[1]], text)


def find_renames(old: Json, new: Json) -> Renames:
    """Find clients, methods, low-level modules and models that have another name.

    A client is the same by its kind, a method or module by its operation, a model or enum by what
    it is made of.
    """
    symbols: dict[str, str] = {}
    names: dict[str, str] = {}
    for before, after in zip(old["clients"], new["clients"], strict=True):
        if before != after:
            symbols[before], names[before] = after, after
    symbols.update(_find_methods(old, new, dict(symbols)))
    models = _find_models(old["symbols"], new["symbols"])
    symbols.update({f"models.{one}": f"models.{other}" for one, other in models.items()})
    names.update(models)
    symbols.update(_find_aliases(old["symbols"], new["symbols"]))
    return Renames(symbols, names)


def match_operations(old: Json, new: Json) -> dict[str, str]:
    """Match the operations of two surfaces: by method and path, else by their low-level module."""
    matched = {one: one for one in old["operations"] if one in new["operations"]}
    modules = {its[-1]: one for one, its in new["operations"].items() if one not in matched}
    for one, its in old["operations"].items():
        if one not in matched and its[-1] in modules:
            matched[one] = modules[its[-1]]
    return matched


def _find_methods(old: Json, new: Json, clients: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one, other in match_operations(old, new).items():
        before, after = old["operations"][one], new["operations"][other]
        if len(before) != len(after):
            continue
        for symbol, now in zip(before, after, strict=True):
            head, dot, rest = symbol.partition(".")
            if f"{clients.get(head, head)}{dot}{rest}" != now:
                found[symbol] = now
    return found


def _find_aliases(old: Json, new: Json) -> dict[str, str]:
    """Find other names of the same error, as ``errors.HarnessError`` is of ``ApiError``."""
    gone, come = (
        {text.partition(" = ")[2]: symbol for symbol, text in one.items()
         if symbol.startswith("errors.") and symbol not in other and " = " in text}
        for one, other in ((old, new), (new, old))
    )  # fmt: skip
    return {symbol: come[value] for value, symbol in gone.items() if value in come}


def _find_models(old: Json, new: Json) -> dict[str, str]:
    gone, come = _list_models(old) - _list_models(new), _list_models(new) - _list_models(old)
    if not gone or not come:
        return {}
    mine = {name: _shape(old, name, gone) for name in gone}
    theirs = {name: _shape(new, name, come) for name in come}
    found: dict[str, str] = {}
    for name, shape in mine.items():
        other = _find_most_alike(shape, theirs)
        if other and _find_most_alike(theirs[other], mine) == name:
            found[name] = other
    return found


def _find_most_alike(shape: frozenset[str], others: Mapping[str, frozenset[str]]) -> str | None:
    """Return the one of these that is evidently the same; None where it is none or not clear."""
    ranked = sorted(((_likeness(shape, other), name) for name, other in others.items()))
    best, name = ranked[-1]
    is_tied = len(ranked) > 1 and ranked[-2][0] == best
    is_alike = best == 1 or (best >= _ALIKE and len(shape & others[name]) >= _ENOUGH)
    return name if is_alike and not is_tied else None


def _list_models(symbols: Json) -> set[str]:
    return {one.removeprefix("models.") for one in symbols if re.fullmatch(r"models\.\w+", one)}


def _shape(symbols: Json, name: str, changing: Iterable[str]) -> frozenset[str]:
    """Return what a model is made of, with the names that change left open."""
    prefix = f"models.{name}."
    names = "|".join(map(re.escape, changing))
    head = symbols[f"models.{name}"] or ""
    lines = {re.sub(rf"\bclass {re.escape(name)}\b", "class", head)}
    lines |= {text or "" for one, text in symbols.items() if one.startswith(prefix)
              and not one.endswith(".__init__")}  # fmt: skip
    return frozenset(re.sub(rf"(?<![\w'\"])({names})(?![\w'\"])", "…", one) for one in lines)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
