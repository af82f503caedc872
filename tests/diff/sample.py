"""A report as a review of the module registry would have it, and ways to make it large."""

from __future__ import annotations

from dataclasses import replace

from pipeline.diff.change import (
    Cause,
    Change,
    Coverage,
    LedgerEntry,
    PythonChange,
    Report,
    Severity,
    Spot,
    Version,
)
from pipeline.faults import Place

SPEC = "spec/openapi.yaml"
UPSTREAM = Cause("upstream")
GENERATOR = Cause("generator")
NULLABLE = Cause(
    "overlay",
    Place("overlays/45-nullable.overlay.yaml", 31, 5),
    "The server answers null for a module that was never synced; the schema says text.",
)
MODULES = "#/paths/~1iacm~1api~1modules"
SCHEMAS = "#/components/schemas"

_LIST_BEFORE = """\
def list(
    self,
    *,
    scope_org: str | Unset = UNSET,
    scope_project: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    page: int | Unset = UNSET,
    search_term: str | Unset = UNSET,
    sort: ModuleSort | str | Unset = UNSET,
    prefetch: int = 0,
    **options: Unpack[CallOptions],
) -> Pages[Module]"""
_LIST_AFTER = _LIST_BEFORE.replace(
    "    prefetch: int", "    provider: builtins.list[str] | Unset = UNSET,\n    prefetch: int"
)

REMOVED_PROPERTY = Change(
    rule="property-removed",
    what="the property `synced` of `Module` is gone",
    severity=Severity.BREAKING,
    directions=("response",),
    old=Spot(
        f"{SCHEMAS}/Module/properties/synced",
        Place(SPEC, 2214, 9),
        {
            "type": "integer",
            "format": "int64",
            "description": "When the module was last synced, as Unix time in milliseconds.",
            "example": 1691150743950,
        },
    ),
    operations=(
        "GET /iacm/api/modules",
        "GET /iacm/api/modules/{module_id}",
        "POST /iacm/api/modules",
        "PUT /iacm/api/modules/{module_id}",
    ),
    resource="modules",
    symbols=("models.Module.synced",),
    caller="Code that reads `module.synced` fails with AttributeError.",
    python=(
        PythonChange(
            "models.Module.synced",
            Severity.BREAKING,
            "the attribute `synced` is gone",
            before="synced: datetime.datetime | None = None",
        ),
    ),
    cause=UPSTREAM,
)
RENAMED_OPERATION = Change(
    rule="operation-renamed",
    what="the operation `sync_module` is now called `synchronize_module`",
    severity=Severity.BREAKING,
    directions=("request",),
    old=Spot(
        "#/paths/~1iacm~1api~1modules~1{module_id}~1sync/post/operationId",
        Place("overlays/12-operation-ids.overlay.yaml", 88, 16),
        "sync_module",
    ),
    new=Spot(
        "#/paths/~1iacm~1api~1modules~1{module_id}~1sync/post/operationId",
        Place("overlays/12-operation-ids.overlay.yaml", 88, 16),
        "synchronize_module",
    ),
    operations=("POST /iacm/api/modules/{module_id}/sync",),
    resource="modules",
    symbols=("Harness.modules.sync", "Harness.modules.synchronize"),
    caller="Calls of `harness.modules.sync` fail; write `harness.modules.synchronize`.",
    python=(
        PythonChange(
            "Harness.modules.sync",
            Severity.BREAKING,
            "the method `sync` is gone",
            before="def sync(self, module_id: str, **options: Unpack[CallOptions]) -> None",
        ),
        PythonChange(
            "Harness.modules.synchronize",
            Severity.COMPATIBLE,
            "the method `synchronize` is new",
            after="def synchronize(self, module_id: str, **options: Unpack[CallOptions]) -> None",
        ),
    ),
    cause=Cause(
        "overlay",
        Place("overlays/12-operation-ids.overlay.yaml", 84, 5),
        "Upstream gives two operations the same id; the Terraform provider calls this one by its "
        "full name.",
    ),
)
REQUIRED_BODY = Change(
    rule="property-became-required",
    what="the property `system` of `ModuleTestingSettings` must be given",
    severity=Severity.BREAKING,
    directions=("request",),
    old=Spot(
        f"{SCHEMAS}/ModuleTestingSettings/required", Place(SPEC, 2690, 7), ["pipeline", "org"]
    ),
    new=Spot(
        f"{SCHEMAS}/ModuleTestingSettings/required",
        Place(SPEC, 2702, 7),
        ["pipeline", "org", "system"],
    ),
    operations=("PUT /iacm/api/modules/{module_id}/testing",),
    resource="modules.testing",
    symbols=("models.ModuleTestingSettings",),
    caller="`models.ModuleTestingSettings(...)` without `system` fails with TypeError.",
    python=(
        PythonChange(
            "models.ModuleTestingSettings",
            Severity.BREAKING,
            "the argument `system` has no default any more",
            before="ModuleTestingSettings(*, pipeline: str, org: str, system: str | Unset = UNSET)",
            after="ModuleTestingSettings(*, pipeline: str, org: str, system: str)",
        ),
    ),
    cause=UPSTREAM,
)
ENUM_VALUE = Change(
    rule="enum-value-added",
    what="the value `oci_image` was added to `StorageType`",
    severity=Severity.DANGEROUS,
    directions=("request", "response"),
    old=Spot(f"{SCHEMAS}/StorageType/enum", Place(SPEC, 2410, 9), ["git_reference", "artifact"]),
    new=Spot(
        f"{SCHEMAS}/StorageType/enum",
        Place(SPEC, 2421, 9),
        ["git_reference", "artifact", "oci_image"],
    ),
    operations=("GET /iacm/api/modules", "POST /iacm/api/modules"),
    resource="modules",
    symbols=("models.StorageType.OCI_IMAGE",),
    caller="A `match` over `module.storage_type` without a default case passes it over.",
    python=(
        PythonChange(
            "models.StorageType.OCI_IMAGE",
            Severity.DANGEROUS,
            "the member `OCI_IMAGE` is new",
            after='OCI_IMAGE = "oci_image"',
        ),
    ),
    cause=UPSTREAM,
)
BECAME_NULLABLE = Change(
    rule="became-nullable",
    what="the property `module_error` of `Module` may be null",
    severity=Severity.DANGEROUS,
    directions=("response",),
    old=Spot(
        f"{SCHEMAS}/Module/properties/module_error",
        Place(SPEC, 2260, 9),
        {
            "type": "string",
            "description": "What went wrong while the module was read.",
            "example": "repository not found",
        },
    ),
    new=Spot(
        f"{SCHEMAS}/Module/properties/module_error",
        Place("overlays/45-nullable.overlay.yaml", 34, 7),
        {
            "type": "string",
            "nullable": True,
            "description": "What went wrong while the module was read; null when nothing did.",
            "example": "repository not found",
        },
    ),
    operations=("GET /iacm/api/modules", "GET /iacm/api/modules/{module_id}"),
    resource="modules",
    symbols=("models.Module.module_error",),
    caller="Code that calls a method of `module.module_error` does not pass a type check.",
    python=(
        PythonChange(
            "models.Module.module_error",
            Severity.DANGEROUS,
            "the type of `module_error` is wider",
            before="module_error: str | Unset = UNSET",
            after="module_error: str | None | Unset = UNSET",
        ),
    ),
    cause=NULLABLE,
)
CHANGED_DEFAULT = Change(
    rule="default-changed",
    what="the default of the query parameter `limit` is 50 and was 30",
    severity=Severity.DANGEROUS,
    directions=("request",),
    old=Spot("#/paths/~1v1~1orgs/get/parameters/1/schema/default", Place(SPEC, 3120, 20), 30),
    new=Spot("#/paths/~1v1~1orgs/get/parameters/1/schema/default", Place(SPEC, 3133, 20), 50),
    operations=("GET /v1/orgs",),
    resource="organizations",
    symbols=("Harness.organizations.list",),
    caller="Calls without `limit` get pages of another size.",
    cause=UPSTREAM,
)
NEW_PARAMETER = Change(
    rule="parameter-added",
    what="the query parameter `provider` was added",
    severity=Severity.COMPATIBLE,
    directions=("request",),
    new=Spot(
        f"{MODULES}/get/parameters/6",
        Place(SPEC, 618, 11),
        {
            "name": "provider",
            "in": "query",
            "description": "Keeps modules that target one of these systems.",
            "required": False,
            "schema": {"type": "array", "items": {"type": "string"}},
            "explode": False,
        },
    ),
    operations=("GET /iacm/api/modules",),
    resource="modules",
    symbols=("Harness.modules.list",),
    caller="Nothing to do; `harness.modules.list(provider=[...])` is possible now.",
    python=(
        PythonChange(
            "Harness.modules.list",
            Severity.COMPATIBLE,
            "the argument `provider` is new",
            before=_LIST_BEFORE,
            after=_LIST_AFTER,
        ),
    ),
    cause=UPSTREAM,
)
GENERATED_DOCSTRING = Change(
    rule="declaration-changed",
    what="the annotation of `prefetch` is now `int`",
    severity=Severity.COMPATIBLE,
    resource="registry",
    symbols=("Harness.registry.list_versions",),
    caller="Nothing to do.",
    python=(
        PythonChange(
            "Harness.registry.list_versions",
            Severity.COMPATIBLE,
            "the annotation of `prefetch` is narrower",
            before="def list_versions(self, name: str, *, prefetch: int | None = 0) -> Pages[str]",
            after="def list_versions(self, name: str, *, prefetch: int = 0) -> Pages[str]",
        ),
    ),
    cause=GENERATOR,
)
NEW_TITLE = Change(
    rule="description-changed",
    what="the description of the API changed",
    severity=Severity.COMPATIBLE,
    old=Spot("#/info/description", Place(SPEC, 5, 16), "Modules, organizations.\nOne API.\n"),
    new=Spot("#/info/description", Place(SPEC, 5, 16), "Modules, projects.\nOne API.\n"),
    caller="Nothing to do.",
    cause=UPSTREAM,
)

LEDGER = (
    LedgerEntry(
        Place("overlays/45-nullable.overlay.yaml", 31, 5),
        "$.components.schemas.Module.properties.synced",
        "unmatched",
        "nothing matches; the nearest node is $.components.schemas.Module.properties.updated",
        "The server answers null for a module that was never synced.",
    ),
    LedgerEntry(
        Place("overlays/44-response-defaults.overlay.yaml", 12, 5),
        "$.paths['/v1/orgs'].get.parameters[?@.name == 'limit'].schema",
        "conflict",
        "upstream changed `default` to 50 and the action sets it to 30",
        "The API page says that 30 items are on a page.",
    ),
    LedgerEntry(
        Place("overlays/46-open-enums.overlay.yaml", 20, 5),
        "$.components.schemas.StorageType.enum",
        "redundant",
        "upstream has the value `oci_image` now",
        "Modules in OCI registries are answered with this value.",
    ),
    *(
        LedgerEntry(
            Place(f"overlays/{number}-descriptions.overlay.yaml", 11 + 7 * number, 5),
            f"$.paths['/iacm/api/modules'].get.parameters[{number % 7}].description",
            "needed",
            reason="Upstream's sentence describes another parameter.",
        )
        for number in range(50, 90)
    ),
)

REPORT = Report(
    old="v0.3.1",
    new="working tree",
    changes=(
        REMOVED_PROPERTY,
        RENAMED_OPERATION,
        REQUIRED_BODY,
        ENUM_VALUE,
        BECAME_NULLABLE,
        CHANGED_DEFAULT,
        NEW_TITLE,
        NEW_PARAMETER,
        GENERATED_DOCSTRING,
    ),
    version=Version(
        released="0.3.1", declared="0.3.2.dev0", demanded="0.4.0", bump="minor", holds=False
    ),
    ledger=LEDGER,
    coverage=Coverage(
        1204,
        1251,
        312,
        ("tests/fixtures/modules/list.json:1: `storage_type` is `oci_image`; add it to the enum",),
    ),
    new_operations=(
        "GET /iacm/api/modules/{module_id}/usages",
        "POST /iacm/api/modules/{module_id}/archive",
    ),
)
EMPTY = Report(old="v0.3.1", new="v0.3.1", changes=())


def enlarge(count: int) -> Report:
    """Return a report of ``count`` changes, each at a place of its own, the worst first."""
    changes = [
        replace(
            model,
            new=Spot(f"#/paths/~1made~1{number}/get", Place(SPEC, 100 + number, 3), {"n": number}),
            resource=f"{model.resource or 'client'}.made{number % 12}",
            symbols=(f"Harness.made.call_{number}",),
        )
        for number in range(count)
        for model in [REPORT.changes[number % len(REPORT.changes)]]
    ]
    return replace(REPORT, changes=sorted(changes, key=lambda one: -one.severity))
