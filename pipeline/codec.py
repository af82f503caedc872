"""Write the Python expressions that decode a value from JSON and encode it to JSON.

The templates lay fields and parameters out; what becomes of each value is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.enum_property import EnumProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty
from openapi_python_client.schema import UntrustedString

Property: TypeAlias = Any
"""A property of the generator; its own union type leaves the protocol's members out."""

_PLAIN = (AnyProperty, BooleanProperty, FloatProperty, IntProperty, NoneProperty, StringProperty)


def literal(value: Any) -> str:
    """Return a Python literal for a text or number of a document, with nothing in it obeyed."""
    return repr(value.get_untrusted_value() if isinstance(value, UntrustedString) else value)


def declare(item: Property) -> str:
    """Declare a field or parameter.

    What is optional defaults to UNSET, never to the default that the document states: that one is
    the server's, and applies when nothing is sent.
    """
    declaration = f"{item.python_name}: {item.get_type_string().as_unembedded_code()}"
    if not item.required:
        return f"{declaration} = UNSET"
    if item.default is None:
        return declaration
    if isinstance(item, UuidProperty):
        return f"{declaration} = UUID({literal(item.default.raw_value)})"
    return f"{declaration} = {item.default.python_code.as_unembedded_code()}"


def declare_required(item: Property) -> str:
    """Declare a parameter that is always given, such as one of a path, default or not."""
    return f"{item.python_name}: {type_of(item)}"


def type_of(item: Property) -> str:
    """Return the Python type of a value that is there."""
    return str(item.get_type_string(no_optional=True).as_unembedded_code())


def is_plain(item: Property) -> bool:
    """Tell whether JSON's own value is the Python value too."""
    if isinstance(item, ListProperty):
        return is_plain(item.inner_property)
    if isinstance(item, UnionProperty):
        return all(is_plain(inner) for inner in item.inner_properties)
    return isinstance(item, _PLAIN)


def decode(item: Property, source: str, scope: str = "", depth: int = 0) -> str:
    """Return an expression that decodes the JSON value ``source``.

    A union is decoded by a function of its own, which write_decoders writes; ``scope`` is the
    prefix of that function's name.
    """
    if is_plain(item):
        return source
    if isinstance(item, DateProperty):
        return f"datetime.date.fromisoformat({source})"
    if isinstance(item, DateTimeProperty):
        return f"datetime.datetime.fromisoformat({source})"
    if isinstance(item, UuidProperty):
        return f"UUID({source})"
    if isinstance(item, FileProperty):
        return f"File(payload=BytesIO({source}))"
    if isinstance(item, ConstProperty):
        return f"expect({literal(item.value.raw_value)}, {source})"
    if isinstance(item, EnumProperty):
        return f"{item.class_info.name}({source})"
    if isinstance(item, ModelProperty):
        return f"{item.class_info.name}.from_dict({source})"
    if isinstance(item, ListProperty):
        name = _item_name(depth)
        inner = decode(item.inner_property, name, f"{scope}{item.python_name}_", depth + 1)
        return f"[{inner} for {name} in {source}]"
    if isinstance(item, UnionProperty):
        return f"_decode_{scope}{item.python_name}({source})"
    raise TypeError(f"no decoder for {type(item).__name__}")


def encode(item: Property, source: str, depth: int = 0) -> str:
    """Return an expression that encodes the Python value ``source`` as plain data."""
    if is_plain(item) or isinstance(item, ConstProperty):
        return source
    if isinstance(item, DateProperty | DateTimeProperty):
        return f"{source}.isoformat()"
    if isinstance(item, UuidProperty):
        return f"str({source})"
    if isinstance(item, FileProperty):
        return f"{source}.to_tuple()"
    if isinstance(item, EnumProperty):
        return f"{source}.value"
    if isinstance(item, ModelProperty):
        return f"{source}.to_dict()"
    if isinstance(item, ListProperty):
        name = _item_name(depth)
        return f"[{encode(item.inner_property, name, depth + 1)} for {name} in {source}]"
    if isinstance(item, UnionProperty):
        kinds: dict[str, list[str]] = {}
        for inner in item.inner_properties:
            kind = inner.get_instance_type_string().as_unembedded_code()
            kinds.setdefault(encode(inner, source, depth), []).append(kind)
        # What needs no encoding comes last: its kinds cannot all be asked for (None, Any).
        expression = source if kinds.pop(source, None) else kinds.popitem()[0]
        for encoded, alike in reversed(kinds.items()):
            expression = f"{encoded} if isinstance({source}, {' | '.join(alike)}) else {expression}"
        return f"({expression})" if depth else expression
    raise TypeError(f"no encoder for {type(item).__name__}")


def write_decoders(item: Property, scope: str = "", lazy: bool = True) -> Iterator[str]:
    """Write the functions that decode the unions in a property, the inner ones first.

    Each imports the models that it uses, unless ``lazy`` is false: models may use each other.
    """
    if isinstance(item, ListProperty):
        yield from write_decoders(item.inner_property, f"{scope}{item.python_name}_", lazy)
    if not isinstance(item, UnionProperty) or is_plain(item):
        return
    inner_scope = f"{scope}{item.python_name}_"
    for inner in item.inner_properties:
        yield from write_decoders(inner, inner_scope, lazy)
    lines = [f"def _decode_{scope}{item.python_name}(value: Any) -> {type_of(item)}:"]
    if lazy:
        lines += [f"    {line}" for line in sorted(item.get_lazy_imports(prefix=".."))]
    if any(isinstance(inner, NoneProperty) for inner in item.inner_properties):
        lines += ["    if value is None:", "        return None"]
    present = [inner for inner in item.inner_properties if not isinstance(inner, NoneProperty)]
    checked = [inner for inner in present if not is_plain(inner)]
    as_it_is = len(checked) < len(present)
    for inner in checked:
        expression = decode(inner, "value", inner_scope)
        if inner is checked[-1] and not as_it_is:
            lines.append(f"    return {expression}")
            continue
        attempt = [
            "    with suppress(AttributeError, KeyError, TypeError, ValueError):",
            f"        return {expression}",
        ]
        if isinstance(inner, ConstProperty):
            lines += attempt
        else:
            lines += [f"    if {_check_json_type(inner)}:", *(f"    {line}" for line in attempt)]
    if as_it_is:
        lines.append(f"    return cast({type_of(item)!r}, value)")
    yield "\n".join(lines)


def _check_json_type(item: Property) -> str:
    if isinstance(item, ModelProperty):
        return "is_kind(value, dict)"
    if isinstance(item, ListProperty):
        return "is_kind(value, list)"
    if isinstance(item, FileProperty):
        return "is_kind(value, bytes)"
    if isinstance(item, EnumProperty):
        return f"is_kind(value, {item.value_type.__name__})"
    return "is_kind(value, str)"


def _item_name(depth: int) -> str:
    return "item" if depth == 0 else f"item_{depth + 1}"
