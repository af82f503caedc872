"""The effective spec as the package ships it, and the view of it that connexion gets."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_spec() -> dict[str, Any]:
    """Read the effective spec; each call returns a new document.

    Its servers give way to the one that it is served from: what is tried out in the Swagger UI of
    the sandbox must never go to Harness.
    """
    text = files("harness_nextgen").joinpath("openapi.yaml").read_text(encoding="utf-8")
    spec: dict[str, Any] = yaml.load(text, Loader=_LOADER)
    return {**spec, "servers": [{"url": "/"}]}


@cache
def list_paths() -> dict[str, tuple[str, ...]]:
    """Return the path templates of the spec, with the methods of each in upper case."""
    verbs = ("get", "put", "post", "delete", "patch")
    return {
        path: tuple(verb.upper() for verb in verbs if verb in item)
        for path, item in read_spec()["paths"].items()
    }


def allowed_methods(path: str) -> list[str]:
    """Return the methods that the spec has for a path; none where it does not have the path.

    Where several templates fit, the one with the fewest names in braces counts
    (https://spec.openapis.org/oas/v3.0.3, Path Templating Matching).
    """
    steps = path.split("/")
    fitting = [one for one in list_paths() if _fits(one.split("/"), steps)]
    if not fitting:
        return []
    return sorted(list_paths()[min(fitting, key=lambda template: template.count("{"))])


def _fits(template: list[str], steps: list[str]) -> bool:
    return len(template) == len(steps) and all(
        step and (expected.startswith("{") or expected == step)
        for expected, step in zip(template[1:], steps[1:], strict=True)
    )
