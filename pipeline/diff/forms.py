"""The forms that a report can take."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.diff.as_json import render_json
from pipeline.diff.as_markdown import render_markdown
from pipeline.diff.as_page import render_page
from pipeline.diff.as_text import render_text
from pipeline.diff.change import Report

FORMS: dict[str, Callable[[Report], str]] = {
    "text": render_text,
    "json": render_json,
    "html": render_page,
    "markdown": render_markdown,
}


def render(report: Report, form: str) -> str:
    """Render a report in one of FORMS; equal reports give equal bytes."""
    return FORMS[form](report)
