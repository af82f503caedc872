"""Write the Python types of values, and the expressions that decode and encode them.

The templates lay fields and parameters out; what becomes of each value is decided here. All of the
work is done by decoders of the runtime, which these expressions put together.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from attrs import evolve
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

# The decoder of a kind, and the type that the value is most often of: that is checked in place.
_SCALARS: dict[type, tuple[str, str]] = {
    BooleanProperty: ("boolean", "bool"),
    FloatProperty: ("number", "float"),
    IntProperty: ("integer", "int"),
    StringProperty: ("text", "str"),
}
_DECODERS: dict[type, str] = {
    **{kind: decoder for kind, (decoder, _) in _SCALARS.items()},
    AnyProperty: "anything",
    DateProperty: "date",
    DateTimeProperty: "date_time",
    FileProperty: "file",
    NoneProperty: "null",
    UuidProperty: "uuid",
}

_COMBINED = (
    "Decoder", "constant", "enum_of", "enum_or_text", "list_of", "map_of",
    "nullable", "omittable", "one_of", "optional",
)  # fmt: skip
DECODERS = (
    *(name for name in _DECODERS.values() if name != "file"),
    *(
        f"{way}_{name}"
        for way in ("nullable", "omittable", "optional")
        for name, _ in _SCALARS.values()
    ),
    *_COMBINED,
)
"""What generated code may import from the runtime's decoding."""


def literal(value: Any) -> str:
    """Return a Python literal for a text or number of a document, with nothing in it obeyed."""
    return repr(value.get_untrusted_value() if isinstance(value, UntrustedString) else value)


def declare(item: Property) -> str:
    """Declare a field or parameter.

    What is optional defaults to UNSET, never to the default that the document states: that one is
    the server's, and applies when nothing is sent.
    """
    declaration = f"{item.python_name}: {type_of(item)}"
    if not item.required:
        return f"{declaration} | Unset = UNSET"
    if item.default is None:
        return declaration
    if isinstance(item, UuidProperty):
        return f"{declaration} = UUID({literal(item.default.raw_value)})"
    return f"{declaration} = {item.default.python_code.as_unembedded_code()}"


def declare_required(item: Property) -> str:
    """Declare a parameter that is always given, such as one of a path, default or not."""
    return f"{item.python_name}: {type_of(item)}"


def type_of(item: Property) -> str:
    """Return the Python type of a value that is there; None comes last in a union."""
    if isinstance(item, ListProperty):
        return f"list[{type_of(item.inner_property)}]"
    if isinstance(item, UnionProperty):
        types = dict.fromkeys(map(type_of, item.inner_properties))
        return " | ".join(sorted(types, key=lambda one: one == "None"))
    return str(item.get_type_string(no_optional=True).as_unembedded_code())


def is_plain(item: Property) -> bool:
    """Tell whether JSON's own value is the Python value too."""
    if isinstance(item, ListProperty):
        return is_plain(item.inner_property)
    if isinstance(item, UnionProperty):
        return all(is_plain(inner) for inner in item.inner_properties)
    return isinstance(item, _PLAIN)


def takes_null(item: Property) -> bool:
    """Tell whether a value may be null."""
    kinds = item.inner_properties if isinstance(item, UnionProperty) else [item]
    return any(isinstance(kind, AnyProperty | NoneProperty) for kind in kinds)


def decoder(item: Property) -> str:
    """Return an expression for the decoder of a value that is there."""
    if isinstance(item, ConstProperty):
        return f"constant({literal(item.value.raw_value)})"
    if isinstance(item, EnumProperty):
        return f"enum_of({item.class_info.name})"
    if isinstance(item, ModelProperty):
        return f"{item.class_info.name}.from_dict"
    if isinstance(item, ListProperty):
        return f"list_of({decoder(item.inner_property)})"
    if isinstance(item, UnionProperty):
        return _union_decoder(item)
    return _DECODERS[type(item)]


def member_decoder(item: Property) -> str:
    """Return an expression for the decoder of a member, which may be missing if it is optional."""
    if item.required or isinstance(item, AnyProperty):
        return decoder(item)
    if takes_null(item):
        return f"optional({decoder(without_null(item))})"
    return f"omittable({decoder(item)})"


def scalar_of(item: Property) -> tuple[str, str] | None:
    """Return the type and the runtime's decoder of a member that is a single plain value."""
    inner = without_null(item)
    if type(inner) not in _SCALARS:
        return None
    name, kind = _SCALARS[type(inner)]
    if not item.required:
        name = f"optional_{name}" if takes_null(item) else f"omittable_{name}"
    elif takes_null(item):
        name = f"nullable_{name}"
    return kind, name


def without_null(item: Property) -> Property:
    """Return what a member is when it is not null."""
    if not isinstance(item, UnionProperty):
        return item
    present = [one for one in item.inner_properties if not isinstance(one, NoneProperty)]
    return present[0] if len(present) == 1 else evolve(item, inner_properties=present)


def _union_decoder(item: UnionProperty) -> str:
    if takes_null(item) and not any(isinstance(one, AnyProperty) for one in item.inner_properties):
        inner = without_null(item)
        is_null_alone = isinstance(inner, UnionProperty) and not inner.inner_properties
        return "null" if is_null_alone else f"nullable({decoder(inner)})"
    kinds = {type(one) for one in item.inner_properties}
    if len(item.inner_properties) == 2 and kinds == {EnumProperty, StringProperty}:
        [enum] = [one for one in item.inner_properties if isinstance(one, EnumProperty)]
        if enum.value_type is str:
            return f"enum_or_text({enum.class_info.name})"
    # What takes least comes first: a text of a form before any text.
    ordered = sorted(
        item.inner_properties, key=lambda one: (is_plain(one), isinstance(one, AnyProperty))
    )
    return f"one_of({', '.join(map(decoder, ordered))})"


def encode(item: Property, source: str) -> str:
    """Return an expression that encodes the Python value ``source`` as plain data."""
    if is_plain(item) or isinstance(item, ConstProperty | FileProperty):
        return source
    return f"{source}.to_dict()" if isinstance(item, ModelProperty) else f"encode({source})"
