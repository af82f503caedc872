"""The declarations that a generated client repeats in another form, told from the first.

Each method of the blocking client has a twin in the asynchronous one and a raw form in both; each
function ``sync`` of the low-level API has its detailed and asynchronous forms. What follows from
another line to the letter is left out of a surface, so that a reviewer reads each line once; a
form that should be there and is not stands as None.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.diff.python.declarations import Kind, Parameter, Signature, read_declaration

RAW = "with_raw_response"
FORMS = ("asyncio", "asyncio_detailed", "build_request", "decode_response", "sync_detailed")
_LAZY = ("Pages", "Download")


@dataclass(frozen=True, slots=True)
class Twins:
    """All symbols of a surface, with those that are left out."""

    blocking: str
    """The name of the blocking client."""
    asynchronous: str
    symbols: Mapping[str, str | None]
    """What is written down."""
    modules: Mapping[str, str]
    """The symbol of the low-level module that each method calls."""

    def find(self, symbol: str) -> str | None:
        """Return the declaration of a symbol; None where there is no such symbol."""
        if symbol in self.symbols:
            return self.symbols[symbol]
        return self.predict(symbol)

    def list_all(self) -> list[str]:
        """List every symbol that there is, in order."""
        written = [symbol for symbol, text in self.symbols.items() if text]
        return sorted({*written, *(one for one in self.list_twins() if self.find(one))})

    def predict(self, symbol: str) -> str | None:
        """Return what a symbol is if it follows from another; None if it does not."""
        if _below(symbol, self.asynchronous) and symbol != self.asynchronous:
            text = self.find(self.blocking + symbol.removeprefix(self.asynchronous))
            return _make_async(text) if text else None
        if f".{RAW}" in symbol and _below(symbol, self.blocking):
            return self._predict_raw(symbol)
        module, _, form = symbol.rpartition(".")
        if module.startswith("api.") and form in FORMS:
            text = self.find(f"{module}.sync")
            return _make_form(text, form, self.asynchronous) if text else None
        return None

    def list_twins(self) -> Iterator[str]:
        """List all symbols that follow from those that are written down."""
        for symbol in self.symbols:
            if _below(symbol, self.blocking) and f".{RAW}" not in symbol:
                forms = [symbol] if symbol in self.modules else []
                if symbol in self.modules:
                    group, _, name = symbol.rpartition(".")
                    forms.append(f"{group}.{RAW}.{name}")
                elif symbol.count("."):
                    forms += [symbol, f"{symbol}.{RAW}"]
                for form in forms:
                    twin = self.asynchronous + form.removeprefix(self.blocking)
                    yield from (twin,) if form == symbol else (form, twin)
            elif symbol.startswith("api.") and symbol.endswith(".sync"):
                for name in FORMS:
                    yield f"{symbol.removesuffix('sync')}{name}"

    def _predict_raw(self, symbol: str) -> str | None:
        group, _, name = symbol.partition(f".{RAW}")
        text = self.find(group + name)
        if text is None:
            return None
        if not name:
            return f"{RAW}: {text.partition(': ')[2]}WithRawResponse"
        success = self.find(f"{self.modules.get(group + name)}.decode_success")
        declared = read_declaration(text)
        if success is None or not isinstance(declared, Signature):
            return None
        kind = _origin(declared.returns)
        _, _, content = success.rpartition(" -> ")
        content = "bytes" if kind == "Download" else content
        left_out = ("prefetch",) if kind == "Pages" else ()
        return str(replace(declared.without(left_out), returns=f"RawResponse[{content}]"))


def _below(symbol: str, name: str) -> bool:
    return symbol == name or symbol.startswith(f"{name}.")


def _make_async(text: str) -> str | None:
    declared = read_declaration(text)
    if not isinstance(declared, Signature):
        name, _, annotation = text.partition(": ")
        return f"{name}: Async{annotation}"
    if _origin(declared.returns) in _LAZY:
        return str(replace(declared, returns=f"Async{declared.returns}"))
    return str(replace(declared, is_async=True))


def _make_form(text: str, form: str, client: str) -> str | None:
    declared = read_declaration(text)
    if not isinstance(declared, Signature):
        return None
    declared = replace(declared, name=form)
    if form == "decode_response":
        response = Parameter("response", Kind.EITHER, "httpx.Response")
        return str(replace(declared, parameters=(response,)))
    if form == "build_request":
        return str(replace(declared.without(("client", "options")), returns="Request"))
    if form.endswith("_detailed"):
        declared = replace(declared, returns=f"RawResponse[{declared.returns}]")
    if form.startswith("asyncio"):
        parameters = tuple(
            replace(one, annotation=client) if one.name == "client" else one
            for one in declared.parameters
        )
        declared = replace(declared, parameters=parameters, is_async=True)
    return str(declared)


def _origin(annotation: str | None) -> str:
    node = ast.parse(annotation or "None", mode="eval").body
    return ast.unparse(node.value if isinstance(node, ast.Subscript) else node)
