"""Give the templates the functions that they call: all that is decided is decided in Python."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from pipeline import docstrings, endpoints, models, resources, surface
from pipeline.codec import DECODERS, declare, literal, type_of
from pipeline.derived import DerivedByModel
from pipeline.values import Json

if TYPE_CHECKING:
    from jinja2 import Environment


def extend(
    environment: Environment, offered: surface.Surface, effective: Json, derived: DerivedByModel
) -> None:
    """Give the templates what a client offers, and the functions that decide about its code."""
    functions: dict[str, Any] = {
        "DECODERS": DECODERS,
        "declare": declare,
        "describe_client": partial(docstrings.describe_client, offered),
        "describe_function": docstrings.describe_function,
        "describe_enum": models.describe_enum,
        "describe_method": partial(docstrings.describe_method, effective),
        "describe_model": partial(models.describe_model, derived),
        "describe_operation": partial(surface.describe_operation, effective),
        "describe_package": docstrings.describe_package,
        "describe_paging": surface.describe_paging,
        "describe_raw_resource": docstrings.describe_raw_resource,
        "describe_resource": docstrings.describe_resource,
        "describe_resource_module": docstrings.describe_resource_module,
        "describe_signature": docstrings.describe_signature,
        "describe_summary": docstrings.describe_summary,
        "described_type": endpoints.described_type,
        "endpoint_modules": resources.list_endpoint_modules,
        "error_groups": endpoints.error_groups,
        "error_names": endpoints.list_error_names(),
        "item_type": endpoints.item_type,
        "list_derived": partial(models.list_derived, derived),
        "list_fields": models.list_fields,
        "list_models": models.list_models,
        "literal": literal,
        "model_imports": resources.list_model_imports,
        "qualify": surface.qualify,
        "quote_models": models.quote_models,
        "returned_type": endpoints.returned_type,
        "success_groups": endpoints.success_groups,
        "success_type": endpoints.success_type,
        "surface": offered,
        "type_of": type_of,
        "url_expression": endpoints.url_expression,
        "write_arguments": endpoints.write_arguments,
        "write_body": endpoints.write_body,
        "write_decoders": models.write_decoders,
        "write_decoding": models.write_decoding,
        "write_header_entry": endpoints.write_header_entry,
        "write_query_entry": endpoints.write_query_entry,
        "write_signature": endpoints.write_signature,
    }
    environment.globals.update(functions)
    environment.bytecode_cache = _COMPILED


class _CompiledTemplates(BytecodeCache):
    """The code of the templates: the generator makes an environment for each run, which has none.

    Compiling them is half of the time for a small document. An entry whose template has changed
    since is passed over.
    """

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code, if it was compiled before."""
        if (code := self._code.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _CompiledTemplates()
