"""Give a document's fields and parameters Python names that the generated code can live with.

The generator renames Python's keywords and builtins; these are the names that its own code, and
the templates', use where a field or parameter stands too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Protocol

from openapi_python_client.config import ClassOverride, Config
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import snake_case

from pipeline.codec import Property

if TYPE_CHECKING:
    from openapi_python_client.parser.openapi import Endpoint

# What a model has, and what stands in its class beside its fields: a field of such a name would
# hide it.
_TAKEN_IN_MODELS = frozenset(
    {
        "Any", "File", "Literal", "UNSET", "UUID", "Unset",
        "additional_properties", "from_dict", "to_dict", "to_multipart",
    }
)  # fmt: skip
# The same for a parameter of an endpoint's functions and of methods, or for an option of a call.
_TAKEN_IN_ENDPOINTS = frozenset(
    {
        "body", "builtins", "cast", "client", "deadline", "encode", "encode_cookies", "format",
        "headers", "max_response_bytes", "max_retries", "on_retry", "options", "path_segment",
        "prefetch", "progress", "request", "self", "timeout",
    }
)  # fmt: skip
# A class of this name would hide one that the code imports.
_TAKEN_CLASSES = (
    "Any", "Client", "Decoder", "File", "FileTypes", "Get", "IntEnum", "Literal", "MapModel",
    "Mapping", "Model", "OpenIntEnum", "OpenStrEnum", "RequestFiles", "Response", "Self", "StrEnum",
    "TYPECHECKING", "UNSET", "UUID", "UnexpectedStatus", "Unset",
)  # fmt: skip


class _Named(Protocol):
    @property
    def python_name(self) -> str: ...

    def set_python_name(
        self, new_name: UntrustedString, config: Config, skip_snake_case: bool = ...
    ) -> None: ...


def settle_names(data: GeneratorData, config: Config) -> None:
    """Rename, in place, what would clash with the code around it."""
    classes = {str(one.class_info.name) for one in (*data.models, *data.enums)}
    for model in data.models:
        named: list[Property] = []
        for fields in (model.required_properties, model.optional_properties):
            named += fields or []
        _rename(named, _TAKEN_IN_MODELS | classes, config)
    for collection in data.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            parameters = endpoint.iter_all_parameters()
            named = [parameter for _, parameter in parameters]
            _rename(named, _TAKEN_IN_ENDPOINTS, config)


def override_classes() -> dict[str, ClassOverride]:
    """Return other names, for the generator, for classes that would hide one the code imports."""
    overrides: dict[str, ClassOverride] = {}
    for name in _TAKEN_CLASSES:
        other = {"class_name": f"{name}Model", "module_name": f"{name}_model"}
        overrides[name] = ClassOverride.model_validate(other)
    return overrides


def name_enum_members(
    values: Sequence[str | int], names: Sequence[str] = ()
) -> dict[str, str | int]:
    """Name the members of an enum by its values, or by names that the document gives.

    Raises ValueError when two values would get one name.
    """
    members: dict[str, str | int] = {}
    for position, value in enumerate(values):
        if isinstance(value, int):
            text = f"VALUE_NEGATIVE_{-value}" if value < 0 else f"VALUE_{value}"
        else:
            text = value if value[:1].isalpha() else ""
        if len(names) == len(values):
            text = names[position]
        name = unicodedata.normalize("NFKC", snake_case(text.upper()).upper())
        if not name.isidentifier():
            name = f"VALUE_{name or position}"
        if members.setdefault(name, value) != value:
            raise ValueError(f"{value!r} and {members[name]!r} would both be {name}")
    return members


def restore_path(endpoint: Endpoint) -> str:
    """Undo, in place, the generator's renaming of parameters inside a path template."""
    path = endpoint.path.get_untrusted_value()
    for parameter in endpoint.path_parameters:
        wire_name = parameter.name.get_untrusted_value()
        path = path.replace(f"{{{parameter.python_name}}}", f"{{{wire_name}}}")
    endpoint.path = UntrustedString(path)
    return path


def _rename(named: Sequence[_Named], taken: Set[str], config: Config) -> None:
    used = {one.python_name for one in named}
    for one in named:
        name = str(one.python_name)
        if name not in taken:
            continue
        name = f"{name.lower()}_"  # in capitals it would read as a constant
        while name in used or name in taken:
            name += "_"
        used.add(name)
        one.set_python_name(UntrustedString(name), config=config, skip_snake_case=True)
