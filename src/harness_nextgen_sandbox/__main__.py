"""Run the sandbox: ``python -m harness_nextgen_sandbox``."""

from harness_nextgen_sandbox.command import main

if __name__ == "__main__":
    raise SystemExit(main())
