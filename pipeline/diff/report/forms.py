"""The forms that a report can take."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from pipeline.diff.change import Report

# A form is loaded when it is asked for: that of the page takes as long as comparing a document.
FORMS = {
    "text": ("pipeline.diff.report.as_text", "render_text"),
    "json": ("pipeline.diff.report.as_json", "render_json"),
    "html": ("pipeline.diff.report.as_page", "render_page"),
    "markdown": ("pipeline.diff.report.as_markdown", "render_markdown"),
}
"""Each form by its name: its module, and the function there."""


def render(report: Report, form: str) -> str:
    """Render a report in one of FORMS; equal reports give equal bytes."""
    module, name = FORMS[form]
    write: Callable[[Report], str] = getattr(import_module(module), name)
    return write(report)
