"""Two documents, the actions made for the old one, and what each is worth over the new one."""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """Two documents, the actions made for the first, and what each is over the second."""

    old: Any
    new: Any
    actions: list[dict[str, Any]]
    expected: list[tuple[str, str]]
    version: str = "1.1.0"


def update(target: str, value: Any, *, expects: int | None = None) -> dict[str, Any]:
    """Return an action that merges a value."""
    action = {"target": target, "update": value}
    return action if expects is None else action | {"x-expect-matches": expects}


def remove(target: str, *, expects: int | None = None) -> dict[str, Any]:
    """Return an action that takes nodes out."""
    action: dict[str, Any] = {"target": target, "remove": True}
    return action if expects is None else action | {"x-expect-matches": expects}


def copy(target: str, source: str) -> dict[str, Any]:
    """Return an action that copies a node."""
    return {"target": target, "copy": source}


def typed(value: Any) -> Any:
    """Return a document of one typed node."""
    return {"p": {"type": value}}


def schemas(**members: Any) -> Any:
    """Return a document of schemas, given whole or by their type."""
    return {"s": {n: {"type": one} if isinstance(one, str) else one for n, one in members.items()}}


OPERATION: dict[str, Any] = {
    "operationId": "a",
    "summary": "Lists",
    "parameters": [
        {"name": "id", "in": "path", "schema": {"type": "string"}},
        {"name": "page", "in": "query", "schema": {"type": "integer"}},
    ],
    "responses": {"200": {"description": "Good", "content": {"application/json": {}}}},
}


def path(name: str, operation: Any = OPERATION) -> Any:
    """Return a document of one operation."""
    return {"paths": {name: {"get": operation}}}


CASES: dict[str, Case] = {
    "a primitive that upstream left alone": Case(
        typed("string"),
        {"p": {"type": "string"}, "q": 1},
        [update("$.p.type", "integer")],
        [("needed", "")],
    ),
    "a primitive that upstream has now": Case(
        typed("string"),
        typed("integer"),
        [update("$.p.type", "integer")],
        [("redundant", "upstream has at `$['p']['type']` what the action writes")],
    ),
    "a primitive that upstream changed to another value": Case(
        typed("string"),
        typed("number"),
        [update("$.p.type", "integer")],
        [
            (
                "conflict",
                (
                    "upstream changed `$['p']['type']` from \"string\" to \"number\", and the "
                    'action writes "integer"'
                ),
            )
        ],
    ),
    "a primitive by its holder, changed to another value": Case(
        typed("string"),
        typed("number"),
        [update("$.p", {"type": "integer"})],
        [
            (
                "conflict",
                (
                    "upstream changed `$['p']['type']` from \"string\" to \"number\", and the "
                    'action writes "integer"'
                ),
            )
        ],
    ),
    "a primitive that upstream made an object": Case(
        typed("string"),
        typed({"a": 1}),
        [update("$.p", {"type": "integer"})],
        [
            (
                "conflict",
                (
                    "upstream made `$['p']['type']` an object, where \"string\" was, and the "
                    'action merges "integer" into it'
                ),
            )
        ],
    ),
    "a primitive that upstream removed with its holder there": Case(
        typed("string"),
        {"p": {}},
        [update("$.p", {"type": "integer"})],
        [
            (
                "conflict",
                (
                    "upstream removed `$['p']['type']`, which was \"string\", and the action "
                    'writes "integer"'
                ),
            )
        ],
    ),
    "true is not 1": Case(
        {"p": {"v": 0}},
        {"p": {"v": 1}},
        [update("$.p.v", True)],
        [("conflict", "upstream changed `$['p']['v']` from 0 to 1, and the action writes true")],
    ),
    "null that the action writes and upstream has": Case(
        {"p": {"v": 0}},
        {"p": {"v": None}},
        [update("$.p.v", None)],
        [("redundant", "upstream has at `$['p']['v']` what the action writes")],
    ),
    "null that upstream has where the action writes a value": Case(
        {"p": {"v": 0}},
        {"p": {"v": None}},
        [update("$.p.v", 1)],
        [("conflict", "upstream changed `$['p']['v']` from 0 to null, and the action writes 1")],
    ),
    "null added": Case({"p": {}}, {"p": {}}, [update("$.p", {"v": None})], [("needed", "")]),
    "a change that was none in the old document": Case(
        {"p": {"v": 1}},
        {"p": {"v": 1}},
        [update("$.p.v", 1)],
        [("redundant", "changes nothing at `$['p']['v']`, as in the old document")],
    ),
    "an edit beside the member that is written": Case(
        {"p": {"type": "string", "d": "A"}},
        {"p": {"type": "string", "d": "B"}},
        [update("$.p", {"type": "integer"})],
        [("needed", "")],
    ),
    "a member that nobody else adds": Case(
        {"p": {}}, {"p": {"a": 1}}, [update("$.p", {"b": 2})], [("needed", "")]
    ),
    "a member that upstream added alike": Case(
        {"p": {}},
        {"p": {"b": 2}},
        [update("$.p", {"b": 2})],
        [("redundant", "upstream has at `$['p']` what the action writes")],
    ),
    "a member that upstream added with another value": Case(
        {"p": {}},
        {"p": {"b": 3}},
        [update("$.p", {"b": 2})],
        [("conflict", "upstream added `$['p']['b']` as 3, and the action writes 2")],
    ),
    "an object that upstream added with more in it": Case(
        {"p": {}},
        {"p": {"b": {"x": 1, "y": 2}}},
        [update("$.p", {"b": {"x": 1}})],
        [("redundant", "upstream has at `$['p']` what the action writes")],
    ),
    "an object that upstream added with another member": Case(
        {"p": {}}, {"p": {"b": {"y": 2}}}, [update("$.p", {"b": {"x": 1}})], [("needed", "")]
    ),
    "an object that upstream added as an array": Case(
        {"p": {}},
        {"p": {"b": []}},
        [update("$.p", {"b": {"x": 1}})],
        [("conflict", "`$['p']['b']` is an array, and the action merges an object into it")],
    ),
    "two of three members that upstream has now": Case(
        {"p": {}},
        {"p": {"a": 1, "b": 2}},
        [update("$.p", {"a": 1, "b": 2, "c": 3})],
        [("needed", "upstream has 2 of 3 members now at `$['p']`")],
    ),
    "deep members of which upstream has one": Case(
        {"p": {"x": {}}},
        {"p": {"x": {"a": {"b": 1}}}},
        [update("$.p", {"x": {"a": {"b": 1, "c": 2}, "d": [1, 2]}})],
        [("needed", "upstream has 1 of 4 members now at `$['p']`")],
    ),
    "deep members of which upstream changed one": Case(
        {"p": {"x": {"a": 1}}},
        {"p": {"x": {"a": 3}}},
        [update("$.p", {"x": {"a": 2, "b": 2}})],
        [
            (
                "conflict",
                ("upstream changed `$['p']['x']['a']` from 1 to 3, and the action writes 2"),
            )
        ],
    ),
    "a member merged into an object that upstream removed": Case(
        {"p": {"x": {"a": 1}}},
        {"p": {}},
        [update("$.p", {"x": {"b": 2}})],
        [
            (
                "conflict",
                (
                    "upstream removed `$['p']['x']`, which was {\"a\": 1}, and the action "
                    'writes {"b": 2}'
                ),
            )
        ],
    ),
    "an empty object that makes room, and upstream has it": Case(
        {"p": {}},
        {"p": {"x": {"a": 1}}},
        [update("$.p", {"x": {}})],
        [("redundant", "upstream has at `$['p']` what the action writes")],
    ),
    "an entry for an array that upstream left alone": Case(
        {"p": ["a"]}, {"p": ["a"], "q": 1}, [update("$.p", ["b"])], [("needed", "")]
    ),
    "an entry that upstream has now": Case(
        {"p": ["a"]},
        {"p": ["b", "a"]},
        [update("$.p", ["b"])],
        [("redundant", "upstream has at `$['p']` what the action writes")],
    ),
    "an entry for an array that upstream changed": Case(
        {"p": ["a"]},
        {"p": ["a", "c"]},
        [update("$.p", ["b"])],
        [("conflict", 'upstream changed `$[\'p\']` (added "c"), and the action adds "b"')],
    ),
    "two entries of which upstream has one": Case(
        {"p": ["a"]},
        {"p": ["a", "b"]},
        [update("$.p", ["b", "c"])],
        [("conflict", 'upstream changed `$[\'p\']` (added "b"), and the action adds "b", "c"')],
    ),
    "an array that upstream put in another order": Case(
        {"p": ["a", "c"]}, {"p": ["c", "a"]}, [update("$.p", ["b"])], [("needed", "")]
    ),
    "an array of which upstream edited an entry alone": Case(
        {"p": OPERATION["parameters"]},
        {"p": [OPERATION["parameters"][0] | {"description": "Id"}, OPERATION["parameters"][1]]},
        [update("$.p", [{"name": "x", "in": "query"}])],
        [("needed", "")],
    ),
    "an array that upstream added": Case(
        {"p": {}},
        {"p": {"required": ["x"]}},
        [update("$.p", {"required": ["y"]})],
        [("conflict", "upstream added `$['p']['required']` as [\"x\"], and the action adds \"y\"")],
    ),
    "an object as one entry": Case(
        {"p": [{"url": "/a"}]},
        {"p": [{"url": "/a"}, {"url": "/b"}]},
        [update("$.p", {"url": "/b"})],
        [("redundant", "upstream has at `$['p']` what the action writes")],
    ),
    "an array as one entry of an array, by 1.0": Case(
        {"p": []},
        {"p": [["a"]]},
        [update("$.p", ["a"])],
        [("redundant", "upstream has at `$['p']` what the action writes")],
        version="1.0.0",
    ),
    "the same by 1.1": Case(
        {"p": []},
        {"p": [["a"]]},
        [update("$.p", ["a"])],
        [("conflict", 'upstream changed `$[\'p\']` (added ["a"]), and the action adds "a"')],
    ),
    "a primitive target, by 1.0": Case(
        {"p": {"a": 1}},
        {"p": 1},
        [update("$.p", {"b": 1})],
        [
            (
                "conflict",
                (
                    "upstream made `$['p']` 1, where an object was, and the action merges an "
                    "object into it"
                ),
            )
        ],
        version="1.0.0",
    ),
    "a removal of what upstream left alone": Case(
        {"p": {"a": 1}}, {"p": {"a": 1, "b": 2}}, [remove("$.p.a")], [("needed", "")]
    ),
    "a removal that upstream did too": Case(
        {"p": {"a": 1}},
        {"p": {"b": 2}},
        [remove("$.p.a")],
        [("redundant", "upstream removed `$['p']['a']` too")],
    ),
    "a removal of what upstream edited": Case(
        {"p": {"a": {"x": 1, "y": 1}}},
        {"p": {"a": {"x": 1, "y": 2}}},
        [remove("$.p.a")],
        [
            (
                "conflict",
                (
                    "upstream changed `$['p']['a']['y']` from 1 to 2, and the action removes "
                    "`$['p']['a']`"
                ),
            )
        ],
    ),
    "a removal of a primitive that upstream changed": Case(
        {"p": {"a": 1}},
        {"p": {"a": 2}},
        [remove("$.p.a")],
        [("conflict", "upstream changed `$['p']['a']` from 1 to 2, and the action removes it")],
    ),
    "a removal of what upstream put in another order": Case(
        {"p": {"a": {"x": [1, 2], "y": 1}}},
        {"p": {"a": {"y": 1, "x": [2, 1]}}},
        [remove("$.p.a")],
        [("needed", "")],
    ),
    "a removal of what upstream renamed": Case(
        {"p": {"module_id": {"type": "string", "maxLength": 9}}},
        {"p": {"moduleId": {"type": "string", "maxLength": 9}}},
        [remove("$.p.module_id")],
        [
            (
                "unmatched",
                ("it matched `$['p']['module_id']`, and the nearest node is `$['p']['moduleId']`"),
            )
        ],
    ),
    "a removal in an array that upstream left out": Case(
        {"p": {"required": ["a"]}},
        {"p": {}},
        [remove("$.p.required[?@=='a']")],
        [("redundant", "upstream removed `$['p']['required'][0]` too")],
    ),
    "a removal of what upstream removed with all around it": Case(
        {"p": {"q": {"r": {"a": 1}}}},
        {"p": {}},
        [remove("$.p.q.r.a")],
        [("unmatched", "it matched `$['p']['q']['r']['a']`, and nothing is like it now")],
    ),
    "a removal of the root": Case(
        {"p": 1},
        {"p": 1},
        [remove("$")],
        [("conflict", "removes the whole document at $: target what is in it")],
    ),
    "an entry that stands elsewhere now": Case(
        {"p": [{"name": "a", "x": 1}, {"name": "b", "x": 1}]},
        {"p": [{"name": "n"}, {"name": "b", "x": 1}, {"name": "a", "x": 1}]},
        [remove("$.p[?@.name=='b']")],
        [("needed", "")],
    ),
    "a copy of what upstream left alone": Case(
        {"a": {"x": 1}, "b": {}}, {"a": {"x": 1}, "b": {}}, [copy("$.b", "$.a")], [("needed", "")]
    ),
    "a copy of what upstream changed": Case(
        {"a": {"x": 1}, "b": {}},
        {"a": {"x": 2}, "b": {}},
        [copy("$.b", "$.a")],
        [("needed", "upstream changed `$['a']['x']` from 1 to 2, which goes with the copy")],
    ),
    "a copy that upstream made": Case(
        {"a": {"x": 1}, "b": {}},
        {"a": {"x": 1}, "b": {"x": 1}},
        [copy("$.b", "$.a")],
        [("redundant", "upstream has at `$['b']` what the action writes")],
    ),
    "a copy to where upstream added another value": Case(
        {"a": {"x": 1}, "b": {}},
        {"a": {"x": 1}, "b": {"x": 3}},
        [copy("$.b", "$.a")],
        [("conflict", "upstream added `$['b']['x']` as 3, and the action writes 1")],
    ),
    "a copy of what upstream renamed": Case(
        {"apple": {"x": 1, "y": 2}, "b": {}},
        {"apples": {"x": 1, "y": 2}, "b": {}},
        [copy("$.b", "$.apple")],
        [
            (
                "unmatched",
                (
                    "has nothing to copy: it matched `$['apple']`, and the nearest node is "
                    "`$['apples']`"
                ),
            )
        ],
    ),
    "a copy of what upstream removed": Case(
        {"a": {"x": 1}, "b": {}},
        {"b": {}},
        [copy("$.b", "$.a")],
        [("unmatched", "has nothing to copy: it matched `$['a']`, and nothing is like it now")],
    ),
    "a copy of several nodes": Case(
        {"a": [{"k": 1}], "b": {}},
        {"a": [{"k": 1}, {"k": 2}], "b": {}},
        [copy("$.b", "$.a[*]")],
        [
            (
                "conflict",
                (
                    "copies 2 nodes, the first at $['a'][0], where exactly one is expected: "
                    "correct the path"
                ),
            )
        ],
    ),
    "a move that upstream made": Case(
        {"a": {"x": 1}},
        {"b": {"x": 1}},
        [update("$", {"b": {}}), copy("$.b", "$.a"), remove("$.a")],
        [
            ("redundant", "upstream has at `$` what the action writes"),
            ("redundant", "upstream moved `$['a']` to `$['b']` too"),
            ("redundant", "upstream removed `$['a']` too"),
        ],
    ),
    "a move of what upstream changed": Case(
        {"a": {"x": 1, "y": 1}},
        {"a": {"x": 2, "y": 1}},
        [update("$", {"b": {}}), copy("$.b", "$.a"), remove("$.a")],
        [
            ("needed", ""),
            ("needed", "upstream changed `$['a']['x']` from 1 to 2, which goes with the copy"),
            ("needed", ""),
        ],
    ),
    "redundant at two nodes of three": Case(
        schemas(a="string", b="string", c="string"),
        schemas(a={"type": "string", "n": True}, b={"type": "string", "n": True}, c="string"),
        [update("$.s.*", {"n": True})],
        [("needed", "redundant at 2 of 3 nodes")],
    ),
    "redundant at all nodes": Case(
        schemas(a="string", b="string"),
        schemas(a={"type": "string", "n": True}, b={"type": "string", "n": True}),
        [update("$.s.*", {"n": True})],
        [("redundant", "upstream has at `$['s']['a']` and 1 other node what the action writes")],
    ),
    "a conflict at one node of two": Case(
        schemas(a="string", b="string"),
        schemas(a={"type": "string", "n": False}, b="string"),
        [update("$.s.*", {"n": True})],
        [("conflict", "upstream added `$['s']['a']['n']` as false, and the action writes true")],
    ),
    "conflicts at two nodes": Case(
        schemas(a="string", b="string"),
        schemas(a="number", b="number"),
        [update("$.s.*.type", "integer")],
        [
            (
                "conflict",
                (
                    "upstream changed `$['s']['a']['type']` from \"string\" to \"number\", and "
                    'the action writes "integer"; and so at 1 more place'
                ),
            )
        ],
    ),
    "a node that is matched now": Case(
        schemas(a="string"),
        schemas(a="string", b="string"),
        [update("$.s[?@.type=='string']", {"n": True})],
        [("needed", "matches `$['s']['b']` now")],
    ),
    "a node that is matched now and holds what the others did": Case(
        schemas(a={"type": "string", "n": 0}),
        schemas(a={"type": "string", "n": 0}, b={"type": "string", "n": 0}),
        [update("$.s[*]", {"n": 1})],
        [("needed", "matches `$['s']['b']` now")],
    ),
    "a node that is matched now and holds something else": Case(
        schemas(a="string"),
        schemas(a="string", b={"type": "string", "n": 0}),
        [update("$.s[?@.type=='string']", {"n": 1})],
        [("conflict", "upstream added `$['s']['b']['n']` as 0, and the action writes 1")],
    ),
    "a node that the filter selects no more": Case(
        schemas(a="string", b="string"),
        schemas(a="string", b="number"),
        [update("$.s[?@.type=='string']", {"n": True})],
        [
            (
                "needed",
                (
                    "it matched `$['s']['b']`, which is there but not selected: upstream "
                    "changed `$['s']['b']['type']` from \"string\" to \"number\""
                ),
            )
        ],
    ),
    "a removal that upstream did at one node of two": Case(
        schemas(a={"x": 1}, b={"x": 1}),
        schemas(a={"x": 1}, b={"y": 1}),
        [remove("$.s.*.x")],
        [("needed", "redundant at 1 of 2 nodes; upstream removed `$['s']['b']['x']` too")],
    ),
    "what makes the filter miss, done by upstream": Case(
        schemas(a="string"),
        schemas(a="text"),
        [update("$.s[?@.type=='string'].type", "text")],
        [("redundant", "upstream has at `$['s']['a']['type']` what the action writes")],
    ),
    "an action that does nothing": Case(
        {"p": {}},
        {"p": {}},
        [{"target": "$.p"}],
        [("redundant", "does nothing: add update, copy or remove: true")],
    ),
    "fewer nodes than stated": Case(
        schemas(a="string", b="string"),
        schemas(a="string"),
        [update("$.s.*", {"n": True}, expects=2)],
        [
            (
                "conflict",
                (
                    "x-expect-matches says 2, and the target matches 1 node: it matched "
                    "`$['s']['b']`, and nothing is like it now"
                ),
            )
        ],
    ),
    "more nodes than stated": Case(
        schemas(a="string"),
        schemas(a="string", b="string"),
        [update("$.s.*", {"n": True}, expects=1)],
        [
            (
                "conflict",
                (
                    "x-expect-matches says 1, and the target matches 2 nodes: matches "
                    "`$['s']['b']` now"
                ),
            )
        ],
    ),
    "none where none are stated": Case(
        {"p": {}}, {"p": {}}, [remove("$.p.x", expects=0)], [("needed", "")]
    ),
    "fewer nodes since an action before is unmatched": Case(
        {"p": {"long_name": {"a": 1}}, "q": {"k": 1}},
        {"p": {"longName": {"a": 1}}, "q": {"k": 1}},
        [update("$.p.long_name", {"k": 1}), update("$..[?@.k]", {"z": 1}, expects=2)],
        [
            (
                "unmatched",
                ("it matched `$['p']['long_name']`, and the nearest node is `$['p']['longName']`"),
            ),
            (
                "needed",
                (
                    "x-expect-matches says 2, and the target matches 1 node, since the "
                    "action at overlay.json:1:77 matches nothing"
                ),
            ),
        ],
    ),
    "a renamed path": Case(
        path("/a/{id}"),
        path("/a/{key}"),
        [update("$.paths['/a/{id}'].get", {"summary": "S"})],
        [
            (
                "unmatched",
                (
                    "it matched `$['paths']['/a/{id}']['get']`, and the nearest node is "
                    "`$['paths']['/a/{key}']['get']`"
                ),
            )
        ],
    ),
    "a renamed path, by the name of its operation": Case(
        path("/a/{id}"),
        path("/a/{key}"),
        [update("$.paths.*[?@.operationId=='a']", {"summary": "S"})],
        [("needed", "")],
    ),
    "a renamed operation": Case(
        path("/a"),
        path("/a", OPERATION | {"operationId": "b"}),
        [update("$.paths.*[?@.operationId=='a'].responses['200']", {"x": 1})],
        [
            (
                "unmatched",
                (
                    "it matched `$['paths']['/a']['get']['responses']['200']`, which is "
                    "there but not selected: upstream changed "
                    "`$['paths']['/a']['get']['operationId']` from \"a\" to \"b\""
                ),
            )
        ],
    ),
    "an operation under another path that was there": Case(
        {"paths": {"/a": {"get": OPERATION, "put": {}}, "/b": {"put": {}}}},
        {"paths": {"/a": {"put": {}}, "/b": {"put": {}, "get": OPERATION}}},
        [update("$.paths['/a'].get", {"x": 1})],
        [
            (
                "unmatched",
                (
                    "it matched `$['paths']['/a']['get']`, and the nearest node is "
                    "`$['paths']['/b']['get']`"
                ),
            )
        ],
    ),
    "a renamed parameter": Case(
        path("/a"),
        path(
            "/a",
            OPERATION
            | {
                "parameters": [
                    OPERATION["parameters"][0] | {"name": "ident"},
                    OPERATION["parameters"][1],
                ]
            },
        ),
        [update("$.paths['/a'].get.parameters[?@.name=='id']", {"x": 1})],
        [
            (
                "unmatched",
                (
                    "it matched `$['paths']['/a']['get']['parameters'][0]`, which is there "
                    "but not selected: upstream changed "
                    "`$['paths']['/a']['get']['parameters'][0]['name']` from \"id\" to \"ident\""
                ),
            )
        ],
    ),
    "a renamed property": Case(
        schemas(created_at="string", b="number"),
        schemas(createdAt="string", b="number"),
        [update("$.s.created_at", {"x": 1})],
        [
            (
                "unmatched",
                (
                    "it matched `$['s']['created_at']`, and the nearest node is "
                    "`$['s']['createdAt']`"
                ),
            )
        ],
    ),
    "a renamed schema": Case(
        {
            "components": {
                "schemas": {
                    "Mod": {
                        "type": "object",
                        "properties": {n: {"type": "string"} for n in "abcdefgh"},
                    }
                }
            }
        },
        {
            "components": {
                "schemas": {
                    "Thing": {
                        "type": "object",
                        "properties": {n: {"type": "string"} for n in "abcdefgh"},
                    }
                }
            }
        },
        [update("$.components.schemas.Mod.properties", {"x": 1})],
        [
            (
                "unmatched",
                (
                    "it matched `$['components']['schemas']['Mod']['properties']`, and the "
                    "nearest node is `$['components']['schemas']['Thing']['properties']`"
                ),
            )
        ],
    ),
    "another status of the answer": Case(
        path("/a"),
        path("/a", OPERATION | {"responses": {"201": OPERATION["responses"]["200"]}}),
        [update("$.paths['/a'].get.responses['200']", {"x": 1})],
        [
            (
                "unmatched",
                (
                    "it matched `$['paths']['/a']['get']['responses']['200']`, and the "
                    "nearest node is `$['paths']['/a']['get']['responses']['201']`"
                ),
            )
        ],
    ),
    "a schema that is gone": Case(
        schemas(a="string"),
        {"s": {"zzz": {"k": [1, 2, 3]}}},
        [update("$.s.a", {"x": 1})],
        [("unmatched", "it matched `$['s']['a']`, and nothing is like it now")],
    ),
    "a target that never matched": Case(
        {"p": {}},
        {"p": {}},
        [update("$.p.q", {"x": 1})],
        [("unmatched", "matches nothing beyond `$['p']`, in the old document either")],
    ),
    "a name that an action makes is no rename": Case(
        {"s": {"abc": {"k": 1}}},
        {"s": {}},
        [update("$.s", {"abcd": {"k": 1}}), update("$.s.abc", {"x": 1})],
        [("needed", ""), ("unmatched", "it matched `$['s']['abc']`, and nothing is like it now")],
    ),
    "the root, with a member that upstream left alone": Case(
        {"a": 1}, {"a": 1}, [update("$", {"x-b": 1})], [("needed", "")]
    ),
    "the root, with a member that upstream has now": Case(
        {"a": 1},
        {"a": 1, "x-b": 1},
        [update("$", {"x-b": 1})],
        [("redundant", "upstream has at `$` what the action writes")],
    ),
    "the root, with a member that upstream changed": Case(
        {"a": 1},
        {"a": 3},
        [update("$", {"a": 2})],
        [("conflict", "upstream changed `$['a']` from 1 to 3, and the action writes 2")],
    ),
    "an action on what one before added": Case(
        {"p": {}},
        {"p": {}},
        [update("$.p", {"a": {"x": 1}}), update("$.p.a", {"x": 2})],
        [("needed", ""), ("needed", "")],
    ),
    "an action on what an unmatched one would add": Case(
        {"long_name": {"k": 1}},
        {"longName": {"k": 1}},
        [update("$.long_name", {"a": {}}), update("$.long_name.a", {"x": 2})],
        [
            ("unmatched", "it matched `$['long_name']`, and the nearest node is `$['longName']`"),
            (
                "unmatched",
                (
                    "it matched `$['long_name']['a']`, and nothing is like it now, since the "
                    "action at overlay.json:1:77 matches nothing"
                ),
            ),
        ],
    ),
    "an entry added twice over when upstream has the first": Case(
        {"p": ["a"]},
        {"p": ["a", "b"]},
        [update("$.p", ["b"]), update("$.p", ["c"])],
        [("redundant", "upstream has at `$['p']` what the action writes"), ("needed", "")],
    ),
    "a value that an unmatched action did not write": Case(
        {"p": {"id": "old", "v": 1}},
        {"p": {"id": "new", "v": 1}},
        [update("$[?@.id=='old']", {"v": 2}), update("$.p.v", 3)],
        [
            (
                "unmatched",
                (
                    "it matched `$['p']`, which is there but not selected: upstream changed "
                    "`$['p']['id']` from \"old\" to \"new\""
                ),
            ),
            ("needed", ""),
        ],
    ),
    "a conflict that is told once": Case(
        {"p": {"v": 1}},
        {"p": {"v": 5}},
        [update("$.p.v", 2), update("$.p.v", 3)],
        [
            ("conflict", "upstream changed `$['p']['v']` from 1 to 5, and the action writes 2"),
            ("needed", ""),
        ],
    ),
    "a value on its way that upstream has in the end": Case(
        {"p": {"v": 1}},
        {"p": {"v": 3}},
        [update("$.p.v", 2), update("$.p.v", 3)],
        [
            ("redundant", "upstream has at `$['p']['v']` what the action writes"),
            ("redundant", "upstream has at `$['p']['v']` what the action writes"),
        ],
    ),
    "an array replaced as upstream has it": Case(
        {"p": ["a", "b"]},
        {"p": ["c"]},
        [remove("$.p[*]"), update("$.p", ["c"])],
        [
            ("redundant", "upstream has at `$['p'][0]` what later actions write"),
            ("redundant", "upstream has at `$['p']` what the action writes"),
        ],
    ),
    "an edit of what a later action removes, and upstream did": Case(
        {"p": {"a": {"x": 1}, "b": 1}},
        {"p": {"b": 1}},
        [update("$.p.a", {"x": 2}), remove("$.p.a")],
        [
            ("redundant", "upstream removed `$['p']['a']`, as a later action does"),
            ("redundant", "upstream removed `$['p']['a']` too"),
        ],
    ),
    "removed and put back in another form, half by upstream": Case(
        {"p": {"$ref": "A"}},
        {"p": {}},
        [remove("$.p['$ref']"), update("$.p", {"allOf": [{"$ref": "A"}]})],
        [("redundant", "upstream removed `$['p']['$ref']` too"), ("needed", "")],
    ),
    "an entry added only where upstream has it not": Case(
        {"s": {"a": ["x"], "b": ["x"]}},
        {"s": {"a": ["x", "n"], "b": ["x"]}},
        [update("$.s.*", ["n"]), remove("$.s.*[?@=='n']", expects=2)],
        [("needed", "redundant at 1 of 2 nodes"), ("needed", "")],
    ),
    "a copy of what upstream removed, to what was like it before": Case(
        {"a": {"x": 1, "y": 1, "z": 1}, "b": {"x": 1, "y": 1}},
        {"b": {"x": 1, "y": 1}},
        [copy("$.b", "$.a")],
        [("unmatched", "has nothing to copy: it matched `$['a']`, and nothing is like it now")],
    ),
    "an edit of what later actions move, and upstream removed": Case(
        {"a": {"x": 1}},
        {"c": 2},
        [update("$.a", {"y": 2}), update("$", {"b": {}}), copy("$.b", "$.a"), remove("$.a")],
        [
            ("unmatched", "it matched `$['a']`, and nothing is like it now"),
            ("needed", ""),
            ("unmatched", "has nothing to copy: it matched `$['a']`, and nothing is like it now"),
            ("redundant", "upstream removed `$['a']` too"),
        ],
    ),
    "an array of a node that is matched now": Case(
        schemas(a="string"),
        schemas(a="string", b={"type": "string", "l": ["m"]}),
        [update("$.s[?@.type=='string']", {"l": ["n"]})],
        [("needed", "matches `$['s']['b']` now")],
    ),
    "an array as one entry of two that upstream added, by 1.0": Case(
        {"p": []},
        {"p": [["a"], ["z"]]},
        [update("$.p", ["a"])],
        [("redundant", "upstream has at `$['p']` what the action writes")],
        version="1.0.0",
    ),
    "entries that changed places": Case(
        {"p": [{"name": "a", "x": 1, "d": 1}, {"name": "b", "x": 1, "d": 2}]},
        {"p": [{"name": "b", "x": 1, "d": 2}, {"name": "a", "x": 1, "d": 1}]},
        [remove("$.p[?@.x==1]")],
        [("needed", "")],
    ),
    "an operation that is gone, and another like it that was there": Case(
        {"paths": {"/a": {"get": OPERATION, "put": {}}, "/b": {"get": OPERATION}}},
        {"paths": {"/a": {"put": {}}, "/b": {"get": OPERATION}}},
        [update("$.paths['/a'].get", {"x": 1})],
        [("unmatched", "it matched `$['paths']['/a']['get']`, and nothing is like it now")],
    ),
    "a name in another spelling": Case(
        schemas(a_b_c="string"),
        schemas(aBC="string"),
        [update("$.s.a_b_c", {"x": 1})],
        [("unmatched", "it matched `$['s']['a_b_c']`, and the nearest node is `$['s']['aBC']`")],
    ),
    "a removal of an array of which upstream edited an entry": Case(
        {"p": {"a": [{"name": "n", "d": 1}]}},
        {"p": {"a": [{"name": "n", "d": 2}]}},
        [remove("$.p.a")],
        [
            (
                "conflict",
                (
                    "upstream changed `$['p']['a'][0]['d']` from 1 to 2, and the action "
                    "removes `$['p']['a']`"
                ),
            )
        ],
    ),
    "a removal of an array with equal entries": Case(
        {"p": {"a": [{"url": "n", "d": 1}, {"url": "n", "d": 2}]}},
        {"p": {"a": [{"url": "n", "d": 1}, {"url": "n", "d": 3}]}},
        [remove("$.p.a")],
        [
            (
                "conflict",
                (
                    "upstream changed `$['p']['a'][1]['d']` from 2 to 3, and the action "
                    "removes `$['p']['a']`"
                ),
            )
        ],
    ),
}
