"""Run openapi-python-client in this process, and account for every operation it was given.

The generator warns and goes on when it cannot take something; here each warning becomes a Loss
that names the operation and the overlay action that would mend it.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import GeneratorError, ParseError
from openapi_python_client.parser.openapi import GeneratorData
from openapi_python_client.schema import OpenAPI, UntrustedString
from openapi_python_client.strings import PythonIdentifier
from pydantic import ValidationError

from pipeline import patches, rendering
from pipeline.answers import accept_null
from pipeline.derived import find_derived
from pipeline.endpoints import kind_of
from pipeline.faults import BadInput, Fault, Place
from pipeline.losses import Loss, Modules, find_losses, names_of, one_line
from pipeline.naming import name_enum_members, override_classes, restore_path, settle_names
from pipeline.openapi import (
    FindPlace,
    Operation,
    follow,
    list_operations,
    list_parameters,
    walk_schemas,
)
from pipeline.resources import write_command, write_resources
from pipeline.stock import TEMPLATES
from pipeline.surface import Surface, is_setting, read_surface
from pipeline.values import Json, Location, is_array, is_object

if TYPE_CHECKING:
    from openapi_python_client.parser.openapi import Endpoint

patches.apply()

# Most filesystems end at 255 bytes; Python adds to it for the file's cache.
_LONGEST_NAME = 200


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
    _refuse_enums(view, place)
    _refuse_defaults(view, place)
    data = _parse(view, operations, config, place)
    modules: dict[tuple[str, str], Endpoint] = {}
    for collection in data.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            # The name that the generator gives to the file.
            endpoint.name = PythonIdentifier(endpoint.name, config.field_prefix)
            modules[endpoint.method, restore_path(endpoint)] = endpoint
    _refuse_shared_functions(operations, modules, place)
    _refuse_shared_modules(data, view, place)
    _refuse_long_names(operations, modules, data, place)
    losses = find_losses(operations, data, modules, view)
    _refuse_losses(losses, allowed, place)
    accept_null(data)
    settle_names(data, config)
    for operation in operations:
        if module := modules.get((operation.method, operation.path)):
            _describe_parameters(module, operation, view)
            _restore_media_type(module, operation, effective)
            _settle_bodies(module)
            _leave_settings_out(module, operation, effective)
    surface = read_surface(effective, modules, package, place)

    project = Project(openapi=data, config=config, custom_template_path=TEMPLATES)
    rendering.extend(project.env, surface, effective, find_derived(data.models, view))
    with contextlib.redirect_stdout(io.StringIO()):
        errors = project.build()
    if unexpected := [error for error in errors if not isinstance(error, ParseError)]:
        error = unexpected[0]
        raise BadInput(Fault(place(()), one_line(f"{error.header}: {error.detail}")))
    write_resources(project.env, surface, folder)
    write_command(project.env, folder)
    _require_functions(operations, modules, losses, folder, place)
    _require_methods(surface, folder, place)
    return Generated(len(modules), len(data.models) + len(data.enums), tuple(losses))


def _configure(package: str, folder: Path) -> Config:
    file = ConfigFile(
        package_name_override=package,
        project_name_override=package,
        post_hooks=[],
        class_overrides=override_classes(),
    )
    return Config.from_sources(
        file,
        meta_type=MetaType.NONE,
        document_source="",
        file_encoding="utf-8",
        overwrite=False,
        output_path=folder,
    )


def _describe_parameters(endpoint: Endpoint, operation: Operation, view: Json) -> None:
    """Give parameters the descriptions that the generator passes over: it reads the schemas'."""
    texts = {
        (parameter["in"], parameter["name"]): parameter["description"]
        for parameter in reversed(list_parameters(operation, view))
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


def _leave_settings_out(endpoint: Endpoint, operation: Operation, effective: Json) -> None:
    """Leave out the parameters that the client fills in from its settings."""
    settings = {
        str(parameter["name"]).lower()
        for parameter in list_parameters(operation, effective)
        if is_setting(parameter)
    }
    endpoint.header_parameters = [
        parameter
        for parameter in endpoint.header_parameters
        if parameter.name.get_untrusted_value().lower() not in settings
    ]


def _settle_bodies(endpoint: Endpoint) -> None:
    """Let the kind of a body say how it is sent: of those of one kind, the first is enough."""
    alone = {kind_of(body.prop): body for body in reversed(endpoint.bodies)}
    endpoint.bodies = list(reversed(alone.values()))
    if endpoint.bodies:
        # OpenAPI ignores such a parameter: the body's own media type is what is sent.
        endpoint.header_parameters = [
            parameter
            for parameter in endpoint.header_parameters
            if parameter.name.get_untrusted_value().lower() != "content-type"
        ]


def _refuse_losses(losses: list[Loss], allowed: frozenset[str], place: FindPlace) -> None:
    if refused := [loss for loss in losses if not loss.names & allowed]:
        raise BadInput(*(Fault(place(loss.location), loss.message) for loss in refused))
    lost = frozenset(name for loss in losses for name in loss.names)
    if idle := sorted(allowed - lost):
        message = f"--allow-loss {idle[0]!r}: nothing of that name is lost: drop the option"
        raise BadInput(Fault(Place(place(()).file), message))


def _refuse_enums(view: Json, place: FindPlace) -> None:
    """Refuse an enum of which two values would get one Python name: one of them would be lost."""
    faults: list[Fault] = []
    for location, schema in walk_schemas(view):
        listed = schema.get("enum")
        if not is_array(listed):
            continue
        values = [value for value in listed if value is not None]
        if not all(isinstance(value, str | int) for value in values):
            continue
        names: Json = schema.get("x-enum-varnames", [])
        if not is_array(names) or not all(isinstance(name, str) for name in names):
            message = "must be a list of texts: a name for each value of the enum"
            faults.append(Fault(place((*location, "x-enum-varnames")), message))
            continue
        if names and len(names) != len(values):
            message = f"names {len(names)} values and the enum has {len(values)}: name each"
            faults.append(Fault(place((*location, "x-enum-varnames")), message))
            continue
        try:
            name_enum_members(values, names)
        except ValueError as error:
            message = (
                f"two values of this enum would get one Python name, {error}: "
                "give each a name by an overlay that adds 'x-enum-varnames'"
            )
            faults.append(Fault(place((*location, "enum")), message))
    if faults:
        raise BadInput(*faults)


def _refuse_defaults(view: Json, place: FindPlace) -> None:
    """Refuse defaults that are no number which Python's code can write down."""
    faults: list[Fault] = []
    for location, schema in walk_schemas(view):
        default = schema.get("default")
        if schema.get("type") not in ("integer", "number") or not isinstance(default, str | int):
            continue
        try:
            fits = math.isfinite(float(default))
        except OverflowError:
            fits = False
        except ValueError:
            continue  # a loss, which the generator reports
        if not fits:
            message = (
                f"the default {str(default)[:40]} is no number that a client can hold: remove it"
            )
            faults.append(Fault(place((*location, "default")), message))
    if faults:
        raise BadInput(*faults)


def _parse(
    view: Json, operations: list[Operation], config: Config, place: FindPlace
) -> GeneratorData:
    """Let the generator read the document; every way in which it fails is a BadInput."""
    try:
        data = GeneratorData.from_dict(view, config=config)
    except Exception as error:
        raise _blame(error, view, operations, config, place) from error
    if not isinstance(data, GeneratorError):
        return data
    try:
        OpenAPI.model_validate(view)
    except ValidationError as error:
        faults = {
            place(_locate(view, one["loc"])): f"cannot be read: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        }
        raise BadInput(*(Fault(at, said) for at, said in faults.items())) from None
    raise BadInput(Fault(place(()), one_line(f"{data.header}: {data.detail}")))


def _locate(view: Json, steps: Sequence[int | str]) -> Location:
    """Find what a path of the generator's schema names; it has steps of its own in between."""
    location: list[int | str] = []
    node = view
    for step in steps:
        members: Json = dict(enumerate(node)) if is_array(node) else node
        if is_object(members) and step in members:
            node = members[step]
            location.append(step)
    return tuple(location)


def _blame(
    error: Exception, view: Json, operations: list[Operation], config: Config, place: FindPlace
) -> BadInput:
    """Name the operation at which the generator broke down, or its schemas when none is to blame.

    A breakdown is a fault of the generator's; what it was reading is what a person can change.
    """
    said = one_line(f"{type(error).__name__}: {error}")

    def breaks_down(count: int) -> bool:
        """Tell whether the first operations are enough to break the generator down."""
        paths: dict[str, dict[str, Json]] = {}
        for one in operations[:count]:
            shared = view["paths"][one.path].get("parameters", [])
            paths.setdefault(one.path, {"parameters": shared})[one.method] = one.value
        try:
            GeneratorData.from_dict({**view, "paths": paths}, config=config)
        except Exception:
            return True
        return False

    enough = bisect_left(range(len(operations)), True, key=breaks_down)
    if enough > 0:
        operation = operations[enough - 1]
        message = f"the generator breaks down at {operation} or a schema it uses ({said})"
        return BadInput(Fault(place(operation.location), message))
    message = f"the generator breaks down at these schemas ({said})"
    return BadInput(Fault(place(("components", "schemas")), message))


def _refuse_shared_modules(data: GeneratorData, view: Json, place: FindPlace) -> None:
    """Refuse two classes that would be written into one file: the first would be gone."""
    owners: dict[str, str] = {}
    faults: list[Fault] = []
    for one in (*data.models, *data.enums):
        name, module = str(one.class_info.name), str(one.class_info.module_name)
        if (first := owners.setdefault(module, name)) != name:
            schemas = view["components"].get("schemas", {})
            location = ("components", "schemas", name) if name in schemas else ("components",)
            message = (
                f"the schemas {first} and {name} would both be the file {module}.py: "
                "give one another title by an overlay"
            )
            faults.append(Fault(place(location), message))
    if faults:
        raise BadInput(*faults)


def _refuse_shared_functions(
    operations: list[Operation], modules: Modules, place: FindPlace
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


def _refuse_long_names(
    operations: list[Operation], modules: Modules, data: GeneratorData, place: FindPlace
) -> None:
    """Refuse names that no file can have."""
    faults: list[Fault] = []
    for operation in operations:
        if endpoint := modules.get((operation.method, operation.path)):
            for key, name in (("operationId", endpoint.name), ("tags", endpoint.tags[0])):
                if len(name.encode()) > _LONGEST_NAME:
                    message = f"the name {name[:40]}… is too long for a file: shorten it"
                    faults.append(Fault(place((*operation.location, key)), message))
    for one in (*data.models, *data.enums):
        if len(one.class_info.module_name.encode()) > _LONGEST_NAME:
            message = (
                f"the schema {one.class_info.name[:40]}… has too long a name for a file: "
                "give it, or what it is in, a shorter title by an overlay"
            )
            faults.append(Fault(place(("components", "schemas")), message))
    if faults:
        raise BadInput(*faults)


def _require_functions(
    operations: list[Operation],
    modules: Modules,
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
            if not names_of(operation) & lost:
                message = f"{operation} has no function and the generator did not say why"
                missing.append(Fault(place(operation.location), message))
        elif not _has_functions(folder / "api" / endpoint.tags[0] / f"{endpoint.name}.py"):
            message = f"{operation} has no function in the client: a template leaves it out"
            missing.append(Fault(place(operation.location), message))
    if missing:
        raise BadInput(*missing)


def _require_methods(surface: Surface, folder: Path, place: FindPlace) -> None:
    """Make sure that every operation has its method in the files."""
    missing: list[Fault] = []
    for resource in surface.list_resources():
        path = folder / "resources" / f"{resource.module}.py"
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for method in resource.methods:
            if len(re.findall(rf"^    (?:async )?def {method.name}\(", text, re.MULTILINE)) != 4:
                message = f"{method.operation} has no method in the client: see the templates"
                missing.append(Fault(place(method.operation.location), message))
    if missing:
        raise BadInput(*missing)


def _has_functions(path: Path) -> bool:
    if not path.is_file():
        return False
    text = path.read_text(encoding="utf-8")
    return "def sync_detailed(" in text and "def asyncio_detailed(" in text
