"""Run openapi-python-client in this process, and account for every operation it was given.

The generator warns and goes on when it cannot take something; here each warning becomes a Loss
that names the operation and the overlay action that would mend it.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError, ParseError
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.parser.properties import Class, EnumProperty
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import ClassName, PythonIdentifier

from pipeline import rendering
from pipeline.document import Json, Location, is_array
from pipeline.faults import BadInput, Fault, Place
from pipeline.naming import restore_path, settle_names
from pipeline.openapi import (
    FindPlace,
    Operation,
    follow,
    list_operations,
    list_parameters,
    walk,
)
from pipeline.stock import TEMPLATES

if TYPE_CHECKING:
    from openapi_python_client.parser.openapi import Endpoint


# Only named in an error of the generator's that is not shown.
_ANY_CLASS = Class(ClassName("Any", ""), PythonIdentifier("any", ""))


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of the document that the client would not have."""

    subject: str
    location: Location
    reason: str
    names: frozenset[str]
    """What ``--allow-loss`` may call it."""

    @property
    def message(self) -> str:
        """The reason, and the overlay action that would mend it."""
        return f"{self.subject} would be lost: {self.reason}; {_advise(self.reason)}"


@dataclass(frozen=True, slots=True)
class Generated:
    """What a run of the generator wrote."""

    operations: int
    models: int
    losses: tuple[Loss, ...]


def generate_package(
    effective: Json,
    view: Json,
    folder: Path,
    package: str,
    place: FindPlace,
    allowed: frozenset[str],
) -> Generated:
    """Write the client for ``view`` into ``folder``, which must not exist yet.

    ``view`` is the codegen view of the ``effective`` spec; ``package`` the name to import it by;
    ``allowed`` names the losses that are accepted. Raises BadInput with every other loss, each
    at its place, and for two operations that would share one function.
    """
    operations = list_operations(view)
    config = _configure(package, folder)
    _refuse_merged_enum_values(view, place)
    data = GeneratorData.from_dict(view, config=config)
    if isinstance(data, GeneratorError):
        raise BadInput(Fault(place(()), _one_line(f"{data.header}: {data.detail}")))
    modules: dict[tuple[str, str], Endpoint] = {}
    for collection in data.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            modules[endpoint.method, restore_path(endpoint)] = endpoint
    _refuse_shared_functions(operations, modules, place)
    found = [*_find_losses(operations, data, view), *_find_silent_losses(operations, view)]
    losses = list(dict.fromkeys(found))
    _refuse_losses(losses, allowed, place)
    settle_names(data, config)
    for operation in operations:
        if module := modules.get((operation.method, operation.path)):
            _describe_parameters(module, operation, view)
            _restore_media_type(module, operation, effective)

    project = Project(openapi=data, config=config, custom_template_path=TEMPLATES)
    rendering.extend(project.env)
    with contextlib.redirect_stdout(io.StringIO()):
        errors = project.build()
    if unexpected := [error for error in errors if not isinstance(error, ParseError)]:
        error = unexpected[0]
        raise BadInput(Fault(place(()), _one_line(f"{error.header}: {error.detail}")))
    _require_functions(operations, modules, losses, folder, place)
    return Generated(len(modules), len(data.models) + len(data.enums), tuple(losses))


def _configure(package: str, folder: Path) -> Config:
    file = ConfigFile(package_name_override=package, project_name_override=package, post_hooks=[])
    return Config.from_sources(
        file,
        meta_type=MetaType.NONE,
        document_source="",
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder,
    )


def _find_losses(operations: list[Operation], data: GeneratorData, view: Json) -> Iterator[Loss]:
    for collection in data.endpoint_collections_by_tag.values():
        for error in collection.parse_errors:
            operation = _find_operation(operations, error.header)
            reason = _one_line(error.detail or error.header)
            if "Endpoint will not be generated" in error.header:
                yield Loss(str(operation), operation.location, reason, _names(operation))
            elif reason.startswith("Cannot parse response"):
                yield from _find_lost_responses(operation, reason, view)
            else:
                subject = f"a part of {operation}"
                yield Loss(subject, operation.location, reason, _names(operation))
    for error in data.errors:
        reason = _one_line(f"{error.header.strip()} {error.detail or ''}")
        location = _find_component(reason, view)
        subject = "/".join(str(step) for step in location) or "a schema"
        yield Loss(subject, location, reason, frozenset({subject}))


def _find_lost_responses(operation: Operation, reason: str, view: Json) -> Iterator[Loss]:
    """Find which responses the generator means: it does not say their status."""
    unsupported = reason.partition("Unsupported content_type ")[2].partition(")")[0]
    for status, response in operation.value["responses"].items():
        content = follow(response, view).get("content", {})
        if not unsupported or ", ".join(content) == unsupported:
            location = (*operation.location, "responses", status)
            why = f"unsupported content type {unsupported}" if unsupported else reason
            yield Loss(f"response {status} of {operation}", location, why, _names(operation))


def _find_silent_losses(operations: list[Operation], view: Json) -> Iterator[Loss]:
    """Find what the generator passes over without a word."""
    for operation in operations:
        for parameter in list_parameters(operation, view):
            if reason := _misread(parameter):
                subject = f"the parameter {parameter['name']!r} of {operation}"
                yield Loss(subject, operation.location, reason, _names(operation))


def _misread(parameter: dict[str, Json]) -> str | None:
    """Say what of a parameter the generator passes over, if anything."""
    if "schema" not in parameter:
        return "it has 'content' where the generator reads 'schema'"
    usual = "simple" if parameter["in"] in ("path", "header") else "form"
    if parameter.get("style", usual) != usual:
        return f"the generator writes the style {usual!r} and not {parameter['style']!r}"
    is_list = parameter["schema"].get("type") == "array"
    if is_list and usual == "form" and not parameter.get("explode", True):
        return "the generator repeats the name for each item and does not join them"
    return None


def _describe_parameters(endpoint: Endpoint, operation: Operation, view: Json) -> None:
    """Give parameters the descriptions that the generator passes over: it reads the schemas'."""
    texts = {
        (parameter["in"], parameter["name"]): parameter["description"]
        for parameter in list_parameters(operation, view)
        if parameter.get("description")
    }
    for location, parameter in endpoint.iter_all_parameters():
        text = texts.get((location.value, parameter.name.get_untrusted_value()))
        if text and not parameter.description:
            parameter.description = UntrustedString(text)


def _restore_media_type(endpoint: Endpoint, operation: Operation, effective: Json) -> None:
    """Send a body as what it is where the view names another type for the generator's sake."""
    item = effective["paths"].get(operation.path, {})
    body = follow(item.get(operation.method, {}).get("requestBody", {}), effective)
    true_types = list(body.get("content", {}))
    if len(endpoint.bodies) == len(true_types) == 1:
        endpoint.bodies[0].content_type = UntrustedString(true_types[0])


def _find_operation(operations: list[Operation], header: str) -> Operation:
    return next(
        operation
        for operation in operations
        if f"parsing {operation.method.upper()} {operation.path} within" in header
    )


def _names(operation: Operation) -> frozenset[str]:
    names = {f"{operation.method.upper()} {operation.path}"}
    if operation.operation_id:
        names.add(operation.operation_id)
    return frozenset(names)


def _find_component(text: str, view: Json) -> Location:
    """Find the component that the generator speaks of: the longest name that its text holds."""
    found: list[tuple[str, ...]] = [
        ("components", kind, name)
        for kind in ("schemas", "parameters")
        for name in view.get("components", {}).get(kind, {})
        if f"/components/{kind}/{name}" in text
    ]
    return max(found, key=lambda location: len(location[-1]), default=())


def _refuse_losses(losses: list[Loss], allowed: frozenset[str], place: FindPlace) -> None:
    if refused := [loss for loss in losses if not loss.names & allowed]:
        raise BadInput(*(Fault(place(loss.location), loss.message) for loss in refused))
    lost = frozenset(name for loss in losses for name in loss.names)
    if idle := sorted(allowed - lost):
        message = f"--allow-loss {idle[0]!r}: nothing of that name is lost: drop the option"
        raise BadInput(Fault(Place(place(()).file), message))


_ADVICE = (
    ("not valid for enum", "an 'update' that makes the default one of the enum's values"),
    ("has 'content'", "an 'update' in codegen/ that gives the parameter a schema"),
    ("content", "an 'update' in codegen/ that adds a media type which the generator knows"),
    ("same Python identifier", "an 'update' that renames one of the two parameters"),
    ("duplicate models", "an 'update' that gives one of the two schemas another title"),
    ("style", "an 'update' in codegen/ that declares what can be sent, such as one text"),
    ("repeats the name", "an 'update' in codegen/ that makes the parameter one text"),
    ("not allowed in", "an 'update' that makes the parameter's schema a plain value"),
    ("status code", "an 'update' that gives the response a status code"),
)


def _advise(reason: str) -> str:
    for words, action in _ADVICE:
        if words in reason:
            return f"mend it by an overlay: {action}"
    return "mend it by an overlay: an 'update' or 'remove' of what is named here"


def _refuse_merged_enum_values(view: Json, place: FindPlace) -> None:
    """Refuse an enum of which two values would get one Python name: one of them would be lost."""
    faults: list[Fault] = []
    for location, node in walk(view):
        values = node.get("enum")
        if not is_array(values) or not all(isinstance(value, str) for value in values):
            continue
        names = node.get("x-enum-varnames", [])
        try:
            members = EnumProperty.values_from_list(values, _ANY_CLASS, names)
        except ValueError:
            members = {}
        if len(members) < len(set(values)):
            message = (
                "two values of this enum would get one Python name: "
                "give each a name by an overlay that adds 'x-enum-varnames'"
            )
            faults.append(Fault(place((*location, "enum")), message))
    if faults:
        raise BadInput(*faults)


def _refuse_shared_functions(
    operations: list[Operation], modules: dict[tuple[str, str], Endpoint], place: FindPlace
) -> None:
    owners: dict[tuple[str, str], Operation] = {}
    faults: list[Fault] = []
    for operation in operations:
        endpoint = modules.get((operation.method, operation.path))
        if endpoint is None:
            continue
        function = (str(endpoint.tags[0]), str(endpoint.name))
        if (first := owners.setdefault(function, operation)) is not operation:
            message = (
                f"{operation} and {first} would both be the function "
                f"{'.'.join(function)}: give one another operationId by an overlay"
            )
            faults.append(Fault(place((*operation.location, "operationId")), message))
    if faults:
        raise BadInput(*faults)


def _require_functions(
    operations: list[Operation],
    modules: dict[tuple[str, str], Endpoint],
    losses: list[Loss],
    folder: Path,
    place: FindPlace,
) -> None:
    """Make sure that every operation has its function in the files, whatever was reported."""
    lost = frozenset(name for loss in losses for name in loss.names)
    missing: list[Fault] = []
    for operation in operations:
        endpoint = modules.get((operation.method, operation.path))
        if endpoint is None:
            if not _names(operation) & lost:
                message = f"{operation} has no function and the generator did not say why"
                missing.append(Fault(place(operation.location), message))
        elif not (folder / "api" / endpoint.tags[0] / f"{endpoint.name}.py").is_file():
            message = f"{operation} has no file in the client"
            missing.append(Fault(place(operation.location), message))
    if missing:
        raise BadInput(*missing)


def _one_line(text: str) -> str:
    # Some of the generator's messages show its wrapper of a text in place of the text.
    return " ".join(re.sub(r"<\S+UntrustedString object at \w+>", "…", text).split())
