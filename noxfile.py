"""The commands of this repository; ``nox -l`` lists them. The work is done in ``pipeline/``."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2026.2"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"

GROUPS = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(GROUPS)
FORMS = {
    "--builtin-schema vendor.github-workflows": ".github/workflows/*",
    "--builtin-schema vendor.dependabot": ".github/dependabot.yml",
    "--schemafile tests/pipeline/harness-ci.schema.yaml": ".harness/**/*.yaml",
}
SOURCES = ("src", "pipeline", "docs", "tests", "benchmarks", "noxfile.py")


def install_group(session: nox.Session, group: str) -> None:
    """Install one dependency group of pyproject.toml."""
    session.install(*nox.project.dependency_groups(GROUPS, group))


def find(pattern: str) -> list[str]:
    """List the files of this repository that a pattern matches."""
    return sorted(str(path) for path in Path().glob(pattern))


def run_tests(session: nox.Session) -> None:
    """Run the suite against the checkout."""
    install_group(session, "tests")
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session(default=False)
def regenerate(session: nox.Session) -> None:
    """Write generated/ from the spec and the overlays; takes the options of the pipeline."""
    install_group(session, "pipeline")
    session.run("python", "-m", "pipeline", "regenerate", *session.posargs)


@nox.session
def check(session: nox.Session) -> None:
    """Fail when generated/ is not what the spec and the overlays make."""
    install_group(session, "pipeline")
    session.run("python", "-m", "pipeline", "check", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check the sources with ruff, and the CI with shellcheck, zizmor and schemas."""
    install_group(session, "lint")
    session.run("ruff", "check", *SOURCES)
    session.run("ruff", "format", "--check", *SOURCES)
    session.run("shellcheck", *find(".ci/*"))
    session.run("zizmor", "--offline", "--quiet", "--persona", "auditor", ".github")
    for schema, pattern in FORMS.items():
        session.run("check-jsonschema", *schema.split(), *find(pattern))


@nox.session
def typecheck(session: nox.Session) -> None:
    """Check types with mypy --strict and pyright strict."""
    install_group(session, "typecheck")
    session.install("-e", ".[sandbox]")
    session.run("mypy")
    session.run("pyright", "--project", "pyproject.toml")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests on the Python that runs nox; takes pytest's options."""
    run_tests(session)


@nox.session(name="tests-all", python=PYTHONS, default=False)
def tests_all(session: nox.Session) -> None:
    """Run the tests on every supported Python; a missing one fails."""
    run_tests(session)


@nox.session(default=False)
def update(session: nox.Session) -> None:
    """Take in a new upstream document: spec, overlays, client, contract, changes (-- NEW.yaml)."""
    install_group(session, "pipeline")
    session.install("-e", ".")
    session.run("python", "-m", "pipeline", "update", *session.posargs)


@nox.session(default=False)
def diff(session: nox.Session) -> None:
    """Tell what changed between two states and what breaks (-- OLD NEW --format html)."""
    install_group(session, "pipeline")
    session.run("python", "-m", "pipeline", "diff", *session.posargs)


@nox.session(default=False)
def contract(session: nox.Session) -> None:
    """Check the client and the spec against the recorded exchanges (-- --mutate)."""
    install_group(session, "pipeline")
    session.install("-e", ".")
    session.run("python", "-m", "pipeline", "contract", *session.posargs)


@nox.session(default=False)
def record(session: nox.Session) -> None:
    """Record exchanges from a local Harness or a real one (-- --target live), or --check them."""
    install_group(session, "pipeline")
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "pipeline", "record", *session.posargs)


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Build wheel and sdist from the last commit, the same bytes everywhere (-- --output DIR)."""
    install_group(session, "publish")
    session.run("python", "-m", "pipeline", "build", *session.posargs)


@nox.session(default=False)
def publish(session: nox.Session) -> None:
    """Publish to an index on loopback and use it from there, or to a real one (-- --index NAME)."""
    install_group(session, "publish")
    # What it started and wrote takes a moment to be gone after an interrupt.
    command = ("python", "-m", "pipeline", "publish", *session.posargs)
    session.run(*command, interrupt_timeout=30, terminate_timeout=30)


@nox.session(default=False)
def consume(session: nox.Session) -> None:
    """Install from an index on every Python there is; without options, beside a decoy as well."""
    install_group(session, "publish" if session.posargs else "tests")
    command = ("python", "-m", "pipeline", "consume", *session.posargs)
    session.run(*command, interrupt_timeout=60, terminate_timeout=60)
    if not session.posargs:
        session.run("python", "-m", "pytest", *find("tests/publish/check_*.py"))


@nox.session(default=False)
def release(session: nox.Session) -> None:
    """Version, changelog, tag, build, publish, consume, in order (-- --index NAME --dry-run)."""
    install_group(session, "publish")
    install_group(session, "changelog")
    command = ("python", "-m", "pipeline", "release", *session.posargs)
    session.run(*command, interrupt_timeout=60, terminate_timeout=60)


@nox.session(name="format", default=False)
def format_(session: nox.Session) -> None:
    """Lay out the sources and mend what ruff can."""
    install_group(session, "lint")
    session.run("ruff", "check", "--fix", *SOURCES)
    session.run("ruff", "format", *SOURCES)


@nox.session(default=False)
def changelog(session: nox.Session) -> None:
    """Move docs/changes/ into CHANGELOG.md (-- --version X), or only show that (-- --draft)."""
    install_group(session, "changelog")
    declared = GROUPS["project"]["version"]
    session.run("towncrier", "build", "--yes", "--version", declared, *session.posargs)


@nox.session(default=False)
def sandbox(session: nox.Session) -> None:
    """Start a local Harness on a loopback port; takes its options (-- --help)."""
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "harness_nextgen_sandbox", *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Make the site of the documentation, its links checked and code run (-- --external)."""
    install_group(session, "docs")
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "pipeline", "docs", *session.posargs)
    session.run("python", "-m", "tests.site")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure all parts against their peers; takes the options of the benchmarks."""
    install_group(session, "bench")
    session.install(".[sandbox]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(default=False)
def load(session: nox.Session) -> None:
    """Stream gigabytes, share one client and crowd one sandbox, within bounds (-- --help)."""
    install_group(session, "tests")
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "tests.runtime.load", *session.posargs)


@nox.session(default=False)
def peers(session: nox.Session) -> None:
    """Let Harness's own client and Terraform or OpenTofu use the sandbox; ask redocly's diff."""
    install_group(session, "tests")
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "tests.peers", *session.posargs)


@nox.session(default=False)
def page(session: nox.Session) -> None:
    """Try the API page, the review page and the site in Chromium, which must be there."""
    install_group(session, "page")
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "tests.page", *session.posargs)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Fuzz the sandbox for longer than the tests do (-- --seed N --examples N)."""
    install_group(session, "tests")
    session.install("-e", ".[sandbox]")
    session.run("python", "-m", "tests.sandbox.fuzz.run", *session.posargs)


if __name__ == "__main__":
    raise SystemExit(f"run `python -m nox` in {Path(__file__).parent}")
