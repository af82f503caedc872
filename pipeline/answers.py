"""Let what an answer may leave out be null in it too.

Servers send null for what is not set, whatever their description says: a client that refused it
would break on a server that does what it always did.
"""

from __future__ import annotations

from collections.abc import Iterable

from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.union import UnionProperty

from pipeline.codec import Property, takes_null


def accept_null(data: GeneratorData) -> None:
    """Make, in place, the optional members nullable of each model that an answer can hold."""
    models = {model.class_info.name: model for model in data.models}
    waiting = [
        response.prop
        for collection in data.endpoint_collections_by_tag.values()
        for endpoint in collection.endpoints
        for response in endpoint.responses
    ]
    reached: set[str] = set()
    while waiting:
        item = waiting.pop()
        waiting += _list_parts(item)
        if not isinstance(item, ModelProperty) or item.class_info.name in reached:
            continue
        reached.add(item.class_info.name)
        # The property of a reference may have been made before the model's members were.
        model = models.get(item.class_info.name, item)
        optional = model.optional_properties or []
        waiting += [*(model.required_properties or []), *optional]
        waiting += [model.additional_properties] if model.additional_properties else []
        model.optional_properties = [one if takes_null(one) else _nullable(one) for one in optional]


def _list_parts(item: Property) -> Iterable[Property]:
    if isinstance(item, ListProperty):
        return [item.inner_property]
    return _list_kinds(item) if isinstance(item, UnionProperty) else []


def _nullable(item: Property) -> UnionProperty:
    null = NoneProperty(
        name=item.name,
        required=True,
        default=None,
        python_name=item.python_name,
        description=None,
        example=None,
    )
    return UnionProperty(
        name=item.name,
        required=item.required,
        default=item.default,
        python_name=item.python_name,
        description=item.description,
        example=item.example,
        inner_properties=[*_list_kinds(item), null],
    )


def _list_kinds(item: Property) -> list[Property]:
    return item.inner_properties if isinstance(item, UnionProperty) else [item]
