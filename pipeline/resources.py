"""Write the files that the generator knows nothing of: the resources, and the command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.surface import Resource, Surface

if TYPE_CHECKING:
    from jinja2 import Environment


def write_resources(environment: Environment, surface: Surface, folder: Path) -> None:
    """Write the package ``resources`` into the client's folder."""
    resources = folder / "resources"
    resources.mkdir()
    (resources / "__init__.py").write_text(
        '"""The resources of the client, each with its methods."""\n', encoding="utf-8"
    )
    template = environment.get_template("resource.py.jinja")
    for resource in surface.list_resources():
        text = template.render(resource=resource)
        (resources / f"{resource.module}.py").write_text(text, encoding="utf-8")


def write_command(environment: Environment, folder: Path) -> None:
    """Write what ``python -m`` runs into the client's folder."""
    text = environment.get_template("main.py.jinja").render()
    (folder / "__main__.py").write_text(text, encoding="utf-8")


def list_endpoint_modules(resource: Resource) -> list[tuple[str, str]]:
    """List the modules of a resource's endpoints: the folder, and the name."""
    found = {(str(one.endpoint.tags[0]), str(one.endpoint.name)) for one in resource.methods}
    return sorted(found)


def list_model_imports(resource: Resource) -> list[str]:
    """List the imports of the models that the methods' signatures name."""
    lines = {line for one in resource.methods for line in one.endpoint.relative_imports}
    models = "from ...models."
    return sorted(line.replace("...", "..", 1) for line in lines if line.startswith(models))
