"""Read from the effective spec what a person calls: resources, their methods, and the client.

The document's extensions say where an operation lives; a document without them gets a resource
for each tag, a method for each operation, and neutral names.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.strings import pascal_case, snake_case

from pipeline.faults import BadInput, Fault
from pipeline.losses import Modules
from pipeline.openapi import FindPlace, Operation, follow, list_operations, list_parameters
from pipeline.values import Json, is_array, is_object

if TYPE_CHECKING:
    from openapi_python_client.parser.openapi import Endpoint

Kind = Literal["call", "list", "download"]

TAKEN_ON_CLIENTS = frozenset(
    {
        "VENDOR", "account", "aclose", "base_url", "call", "call_raw", "close", "exchange",
        "stream", "with_options",
    }
)  # fmt: skip
"""What the runtime's clients have: a resource of such a name would hide it."""
TAKEN_ON_RESOURCES = frozenset({"with_raw_response"})
"""What each resource has: a method or resource of such a name would hide it."""
_TEXT_ANSWERS = ("text/plain",)
_OWN_MODULES = ("harness",)
"""The modules of the runtime that are one vendor's."""


@dataclass(frozen=True, slots=True)
class Method:
    """An operation as a method of a resource; ``path`` is how a person comes to it."""

    path: tuple[str, ...]
    kind: Kind
    endpoint: Endpoint
    operation: Operation
    """As the effective spec has it."""
    optional_statuses: frozenset[str] = frozenset()
    """The statuses whose body may be missing although it is described."""

    @property
    def name(self) -> str:
        """The attribute of its resource."""
        return self.path[-1]


@dataclass(slots=True)
class Resource:
    """A group of methods; ``path`` is how a person comes to it from the client."""

    path: tuple[str, ...]
    description: str
    methods: list[Method] = field(default_factory=list[Method])
    children: list[Resource] = field(default_factory=list["Resource"])

    @property
    def name(self) -> str:
        """The attribute of its parent, or of the client."""
        return self.path[-1]

    @property
    def module(self) -> str:
        """The name of its file."""
        return "_".join(self.path)

    @property
    def class_name(self) -> str:
        """The stem of its classes' names."""
        return f"{pascal_case(self.module)}Resource"

    @property
    def hidden_types(self) -> frozenset[str]:
        """The builtins that a method's name hides from the annotations of its class."""
        names = {method.name for method in self.methods} | {one.name for one in self.children}
        return frozenset(names & set(dir(builtins)))


@dataclass(frozen=True, slots=True)
class Surface:
    """Everything that a person calls."""

    class_prefix: str
    vendor: Mapping[str, Any]
    """The arguments of the runtime's Vendor."""
    resources: tuple[Resource, ...]
    """Those that the client holds itself."""
    methods: Mapping[tuple[str, str], Method]
    """By HTTP method and path."""
    own_module: str | None = None
    """The runtime's module with what is this vendor's own."""

    @property
    def client(self) -> str:
        """The name of the client's class."""
        return self.class_prefix or "Client"

    @property
    def async_client(self) -> str:
        """The name of the asynchronous client's class."""
        return f"Async{self.client}"

    @property
    def root_error(self) -> str:
        """The name of the root of all errors."""
        return f"{self.class_prefix or 'Api'}Error"

    def method_of(self, endpoint: Endpoint) -> Method:
        """Return the method that an endpoint is called by."""
        path = endpoint.path.get_untrusted_value()
        return self.methods[endpoint.method, path]

    def list_resources(self) -> list[Resource]:
        """List all resources, each parent before its children."""
        return list(_walk(self.resources))


def read_surface(effective: Json, modules: Modules, package: str, place: FindPlace) -> Surface:
    """Read the surface of the operations that have an endpoint.

    Raises BadInput for two operations that would be one method, for names that cannot be, and
    for an ``x-client`` that is not as it must be.
    """
    faults: list[Fault] = []
    tags = {
        snake_case(str(tag["name"])): str(tag.get("description", ""))
        for tag in effective.get("tags", [])
    }
    resources: dict[tuple[str, ...], Resource] = {}
    methods: dict[tuple[str, str], Method] = {}
    for operation in list_operations(effective):
        endpoint = modules.get((operation.method, operation.path))
        if endpoint is None:
            continue
        path = _name_resource(operation, endpoint)
        resource = _open_resource(path, resources, tags)
        wanted = operation.value.get("x-method", str(endpoint.name))
        name = _settle(wanted, TAKEN_ON_RESOURCES)
        kind = _find_kind(operation, effective)
        if kind == "list" and (said := _find_paging_fault(operation, endpoint)):
            faults.append(Fault(place((*operation.location, "x-pagination")), said))
        method = Method(
            (*path, name),
            kind,
            endpoint,
            operation,
            _list_optional(operation, effective),
        )
        if same := [one for one in resource.methods if one.name == name]:
            message = (
                f"{operation} and {same[0].operation} would both be the method "
                f"{'.'.join((*path, name))}: give one another x-method by an overlay"
            )
            faults.append(Fault(place(operation.location), message))
        resource.methods.append(method)
        methods[operation.method, operation.path] = method
    for resource in resources.values():
        for child in resource.children:
            if any(one.name == child.name for one in resource.methods):
                message = (
                    f"{'.'.join(child.path)} would be a method and a resource: "
                    "give one another name by an overlay"
                )
                faults.append(Fault(place(()), message))
    if faults:
        raise BadInput(*faults)
    prefix, vendor, own_module = _read_client(effective, package, place)
    top = tuple(one for path, one in resources.items() if len(path) == 1)
    return Surface(prefix, vendor, top, methods, own_module)


def describe_operation(effective: Json, method: Method) -> dict[str, Any]:
    """Return the arguments of the runtime's Operation for a method."""
    operation = method.operation
    parameters = list_parameters(operation, effective)
    described: dict[str, Any] = {
        "id": operation.operation_id or str(method.endpoint.name),
        "method": operation.method.upper(),
        "path": operation.path,
    }
    if any(is_setting(parameter) for parameter in parameters):
        described["takes_account"] = True
    if secrets := tuple(
        parameter["name"] for parameter in parameters if parameter.get("x-secret") is True
    ):
        described["secret_query"] = secrets
    if any("yaml" in media_type for media_type in _list_media_types(operation, effective)):
        described["yaml"] = True
    return described


def describe_paging(method: Method) -> dict[str, Any]:
    """Return the arguments of the runtime's Paging for a method that lists."""
    paging: Json = method.operation.value["x-pagination"]
    size: Json = paging["size"]
    described: dict[str, Any] = {
        "page_parameter": paging["page"]["parameter"],
        "first_page": paging["page"]["first"],
        "size_parameter": size["parameter"],
    }
    largest = size.get("safe_maximum", size.get("maximum"))
    if largest is not None:
        described["maximum_size"] = largest
    headers: Json = paging.get("headers", {})
    for name, argument in (
        ("total_items", "total_items_headers"),
        ("total_pages", "total_pages_headers"),
        ("page", "page_number_headers"),
        ("page_size", "page_size_headers"),
    ):
        if headers.get(name):
            described[argument] = tuple(headers[name])
    return described


def is_setting(parameter: Mapping[str, Json]) -> bool:
    """Tell whether a parameter is filled in by the client, from its setting of the account."""
    return parameter.get("x-client-setting") == "account"


def qualify(annotation: str, hidden: Iterable[str]) -> str:
    """Name builtin types by their module where a method of the class has the name of one."""
    hidden = "|".join(sorted(hidden))
    if not hidden:
        return annotation
    pattern = rf"""'[^']*'|"[^"]*"|(?<![\w.])(?:{hidden})(?!\w)"""
    return re.sub(
        pattern,
        lambda found: found[0] if found[0][0] in "'\"" else f"builtins.{found[0]}",
        annotation,
    )


def _name_resource(operation: Operation, endpoint: Endpoint) -> tuple[str, ...]:
    wanted = operation.value.get("x-resource")
    steps = str(wanted).split(".") if wanted else [str(endpoint.tags[0])]
    first, *others = steps
    return (
        _settle(first, TAKEN_ON_CLIENTS),
        *(_settle(step, TAKEN_ON_RESOURCES) for step in others),
    )


def _settle(name: str, taken: frozenset[str]) -> str:
    """Make an attribute's name of a document's text."""
    name = snake_case(name).strip("_")
    if not name.isidentifier():
        name = f"x_{name}" if f"x_{name}".isidentifier() else "others"
    return f"{name}_" if keyword.iskeyword(name) or name in taken else name


def _open_resource(
    path: tuple[str, ...], resources: dict[tuple[str, ...], Resource], tags: Mapping[str, str]
) -> Resource:
    """Return the resource at a path, made with its parents where it is new."""
    if path not in resources:
        resources[path] = Resource(path, tags.get(path[-1], ""))
        if len(path) > 1:
            _open_resource(path[:-1], resources, tags).children.append(resources[path])
    return resources[path]


def _list_optional(operation: Operation, effective: Json) -> frozenset[str]:
    return frozenset(
        str(status)
        for status, response in operation.value["responses"].items()
        if follow(response, effective).get("x-optional-body") is True
    )


def _find_kind(operation: Operation, effective: Json) -> Kind:
    if is_object(operation.value.get("x-pagination")):
        return "list"
    types = [
        media_type
        for status, response in operation.value["responses"].items()
        if str(status).startswith("2")
        for media_type in follow(response, effective).get("content", {})
    ]
    bare = [media_type.partition(";")[0].strip().lower() for media_type in types]
    read = [one for one in bare if "json" in one or "yaml" in one or one in _TEXT_ANSWERS]
    return "download" if bare and not read else "call"


def _find_paging_fault(operation: Operation, endpoint: Endpoint) -> str | None:
    paging: Json = operation.value["x-pagination"]
    page, size, headers = paging.get("page"), paging.get("size"), paging.get("headers", {})
    if not is_object(page) or not is_object(size) or not isinstance(page.get("first"), int):
        return "must have page.parameter, page.first and size.parameter"
    names = {one.name.get_untrusted_value() for one in endpoint.query_parameters}
    for member in (page, size):
        if member.get("parameter") not in names:
            return f"{member.get('parameter')!r} is no query parameter of this operation"
    largest = size.get("safe_maximum", size.get("maximum", 1))
    if not isinstance(largest, int) or largest < 1:
        return f"the largest page must be a whole number from 1, not {largest!r}"
    if not is_object(headers) or not all(
        is_array(one) and all(isinstance(name, str) for name in one) for one in headers.values()
    ):
        return "headers must hold lists of names"
    if not any(isinstance(one.prop, ListProperty) for one in endpoint.responses):
        return "pages are lists, and no answer of this operation is one"
    return None


def _list_media_types(operation: Operation, effective: Json) -> list[str]:
    bodies = [follow(operation.value.get("requestBody", {}), effective)]
    bodies += [follow(one, effective) for one in operation.value["responses"].values()]
    return [media_type for body in bodies for media_type in body.get("content", {})]


def _read_client(
    effective: Json, package: str, place: FindPlace
) -> tuple[str, Mapping[str, Any], str | None]:
    """Read ``x-client``: class prefix, arguments of the runtime's Vendor, module of its own."""
    client: Json = effective.get("x-client", {})
    faults: list[Fault] = []

    def read(*steps: str) -> str | None:
        node = client
        for step in steps:
            node = node.get(step) if is_object(node) else None
        if node is None or isinstance(node, str):
            return node
        faults.append(Fault(place(("x-client", *steps)), "must be a text"))
        return None

    prefix = read("class_prefix") or ""
    if prefix and not re.fullmatch(r"[A-Z][A-Za-z0-9]*", prefix):
        message = f"{prefix!r} begins no class name: use letters and digits, a capital first"
        faults.append(Fault(place(("x-client", "class_prefix")), message))
    key_header = read("api_key", "header") or _find_key_header(effective)
    vendor = {
        "name": prefix or str(effective["info"]["title"]),
        "package": package.replace("_", "-"),
        "logger": read("logger") or package,
        "base_url": _find_server(effective),
        "base_url_environment": read("base_url", "environment"),
        "api_key_header": key_header,
        "api_key_prefix": "" if key_header else None,
        "api_key_environment": read("api_key", "environment"),
        "account_header": read("account", "header"),
        "account_environment": read("account", "environment"),
        "account_pattern": read("account", "from_api_key"),
    }
    if pattern := vendor["account_pattern"]:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            groups, reason = 0, str(error)
        else:
            reason = "it has no group"
        if not groups:
            message = f"finds no account: {reason}"
            faults.append(Fault(place(("x-client", "account", "from_api_key")), message))
    own_module = read("runtime_module")
    if own_module not in (None, *_OWN_MODULES):
        message = f"the runtime has no module {own_module!r}; it has {', '.join(_OWN_MODULES)}"
        faults.append(Fault(place(("x-client", "runtime_module")), message))
    if faults:
        raise BadInput(*faults)
    values = {name: value for name, value in vendor.items() if value is not None}
    return prefix, values, own_module


def _find_key_header(effective: Json) -> str | None:
    """Return the header of the first key that the document describes; Bearer is the default."""
    schemes: Json = effective.get("components", {}).get("securitySchemes", {})
    for scheme in (follow(one, effective) for one in schemes.values()):
        if scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "bearer":
            return None
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            return str(scheme["name"])
    return None


def _find_server(effective: Json) -> str | None:
    """Return the first server that is a whole URL, its variables filled in by their defaults."""
    servers: Json = effective.get("servers", [])
    if not is_array(servers) or not servers or not is_object(servers[0]):
        return None
    url = str(servers[0].get("url", ""))
    for name, variable in servers[0].get("variables", {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    return url.rstrip("/") if re.match(r"https?://[^{}\s]+$", url) else None


def _walk(resources: Iterable[Resource]) -> Iterable[Resource]:
    for resource in resources:
        yield resource
        yield from _walk(resource.children)
