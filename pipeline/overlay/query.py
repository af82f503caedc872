"""JSONPath by RFC 9535: compile an expression, select with it, write a location as a path."""

from __future__ import annotations

import json
from typing import NamedTuple, cast

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathNode, JSONPathQuery
from jsonpath_rfc9535.filter_expressions import Expression, FilterContext, RelativeFilterQuery
from jsonpath_rfc9535.parse import Parser
from jsonpath_rfc9535.tokens import TokenStream

from pipeline.values import MAX_DEPTH, Json, Location


class Match(NamedTuple):
    """A node that a query selected, and the object or array that holds it (None for the root)."""

    location: Location
    value: Json
    holder: Json


class QueryError(ValueError):
    """An expression that is not JSONPath, and the position of the character that shows it."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


class _RelativeQuery(RelativeFilterQuery):
    # The library takes the bare `@` of a primitive for its truth: `[?@]` would miss 0 and false.
    def evaluate(self, context: FilterContext) -> object:
        return self.query.find(cast("Json", context.current))


class _Parser(Parser):
    def parse_relative_query(self, stream: TokenStream) -> Expression:
        parsed = super().parse_relative_query(stream)
        if isinstance(parsed, RelativeFilterQuery):
            return _RelativeQuery(parsed.token, parsed.query)
        return parsed


class _Environment(JSONPathEnvironment):
    parser_class = _Parser
    # The library stops at 100 levels, where documents of ours may have more.
    max_recursion_depth = MAX_DEPTH + 1


_ENVIRONMENT = _Environment()


def compile_query(expression: str) -> JSONPathQuery:
    """Compile a JSONPath expression; raises QueryError when RFC 9535 does not know it."""
    try:
        return _ENVIRONMENT.compile(expression)
    except JSONPathError as error:
        position = error.token.index if error.token else 0
        message = str(error.args[0]).split(" starting at index ")[0].split(" at index ")[0]
        raise QueryError(message, max(position, 0)) from None
    except RecursionError:
        raise QueryError("nested too deeply", 0) from None


def select(query: JSONPathQuery, root: Json) -> list[Match]:
    """Return the nodes that ``query`` selects in ``root``, in order, each node once.

    A nodelist of RFC 9535 may hold a node several times (``$[0, 0]``, section 2.3.5.2 there);
    an overlay's target is the set of nodes.
    """
    found: dict[Location, JSONPathNode] = {node.location: node for node in query.finditer(root)}
    return [
        Match(location, node.value, node.parent.value if node.parent else None)
        for location, node in found.items()
    ]


def nearest(query: JSONPathQuery, root: Json) -> Location:
    """Return where a query that selects nothing still had a node: the end of its known part."""
    for length in range(len(query.segments) - 1, 0, -1):
        known = JSONPathQuery(env=query.env, segments=query.segments[:length])
        if node := known.find_one(root):
            return node.location
    return ()


def normalized(location: Location) -> str:
    """Write a location as a normalized path (RFC 9535 section 2.7)."""
    return "$" + "".join(f"[{selector(step)}]" for step in location)


def selector(step: str | int) -> str:
    """Write one step as a name or index selector, as normalized paths have it."""
    if isinstance(step, int):
        return str(step)
    quoted = json.dumps(step, ensure_ascii=False)[1:-1]
    return "'" + quoted.replace('\\"', '"').replace("'", "\\'") + "'"
