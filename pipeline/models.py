"""What the templates may call about a model: its fields, how each is decoded, its docstring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.strings import pascal_case

from pipeline import docstrings
from pipeline.codec import Property, decoder, literal, member_decoder, scalar_of, type_of
from pipeline.derived import Derived, DerivedByModel

if TYPE_CHECKING:
    from openapi_python_client.parser.properties import EnumProperty, ModelProperty


def write_decoding(fields: list[Property]) -> list[str]:
    """Write the statements that set each field of a model from the member that it has in JSON."""
    lines: list[str] = []
    for item in fields:
        field, source = f"self.{item.python_name}", f"members[{literal(item.name)}]"
        if scalar := scalar_of(item):
            kind, decode = scalar
            lines.append(f"value = {source}")
            lines.append(f"{field} = value if type(value) is {kind} else {decode}(value)")
        elif isinstance(item, AnyProperty) and not item.required:
            lines.append(f"{field} = {source}")
        else:
            decode = member_decoder(item)
            lines.append(f"{field} = {_name_decoder(item) if '(' in decode else decode}({source})")
    return lines


def write_decoders(fields: list[Property], extra: Property | None) -> list[str]:
    """Write the decoders of a model's members that are put together from others."""
    lines: list[str] = []
    for item in fields:
        decode = member_decoder(item)
        if "(" not in decode or scalar_of(item):
            continue
        name = _name_decoder(item)
        if "constant(" in decode:
            # Type checkers take the constant for any value of its type.
            kind = type_of(item) if item.required else f"{type_of(item)} | Unset"
            name += f": Decoder[{kind}]"
        lines.append(f"{name} = {decode}")
    if extra is not None and not isinstance(extra, AnyProperty):
        lines.append(f"_decode_rest = map_of({decoder(extra)})")
    return lines


def _name_decoder(item: Property) -> str:
    return f"_decode_{item.python_name}"


def quote_models(item: Property) -> str:
    """Return the type of a value for where Python needs it at once, before models are imported."""
    kind = type_of(item)
    return literal(kind) if item.get_lazy_imports(prefix="") else kind


def list_fields(model: ModelProperty) -> list[Property]:
    """List the fields of a model, those without a default first, as Python wants them."""
    fields = [*(model.required_properties or []), *(model.optional_properties or [])]
    return sorted(fields, key=lambda item: not item.required or item.default is not None)


def list_models(model: ModelProperty) -> list[str]:
    """List the imports of the models that a model uses."""
    return sorted(line.replace("from ..models.", "from .") for line in model.lazy_imports or ())


def list_derived(derived: DerivedByModel, model: ModelProperty) -> list[Derived]:
    """List what a model has beside its fields."""
    return derived.get(str(model.class_info.name), [])


def describe_model(derived: DerivedByModel, model: ModelProperty) -> str:
    """Write a model's docstring: what it is, and its attributes."""
    title = model.data.title
    says_more = title and pascal_case(title) not in model.class_info.name
    texts = (title if says_more else None, model.description)
    parts: list[object] = [text for text in texts if text] or [str(model.class_info.name)]
    parts += [
        f"``{one.name}`` is a field of its own, and not ``{one.field}`` decoded."
        for one in list_derived(derived, model)
        if one.is_taken
    ]
    fields = [(str(one.python_name), docstrings.describe_item(one)) for one in list_fields(model)]
    return docstrings.describe(parts, Attributes=fields)


def describe_enum(enum: EnumProperty) -> str:
    """Write an enum's docstring."""
    return docstrings.close(docstrings.wrap(enum.description or str(enum.class_info.name), 92))
