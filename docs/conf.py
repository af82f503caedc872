"""How Sphinx makes the site: ``nox -s docs``.

The sources are the whole repository, so that a link between pages is the same on a code host.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.site import reference  # noqa: E402 - it is in the folder that was just named

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _PROJECT["name"]
version = release = _PROJECT["version"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/**.md",
    "overlays/README.md",
    "spec/PROVENANCE.md",
]
exclude_patterns = ["docs/changes/+*", "docs/package.md"]  # the latter is for the wheel
suppress_warnings = ["misc.highlighting_failure"]  # nothing is wrong but the lexer of HCL
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(builtins|collections|datetime|httpx|os|pathlib|pytest|starlette|typing)\..*"),
    ("py:.*", r"(.*\.)?[TV]"),  # type variables
    ("py:.*", "Certificate|Verify"),  # for type checkers alone; the text says what they are
]

myst_heading_anchors = 4
smartquotes = False  # a default of "name" is shown as it is written
default_role = "literal"  # docstrings write `code` as Markdown does
add_module_names = False
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
autodoc_class_signature = "separated"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "all"

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = f"{project} {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Connect what the reference needs beyond the extensions."""
    reference.connect(app)
