"""Tell errors apart, and see what was tried again."""

from harness_nextgen import Harness, errors
from harness_nextgen.types import Retry


def report(retry: Retry) -> None:
    print(f"retry {retry.number} in {retry.delay:.1f} s after {retry.error}")


def main() -> None:
    with Harness(max_retries=4, deadline=60.0, on_retry=report) as harness:
        try:
            harness.modules.get("no-such-module")
        except errors.NotFoundError as error:
            print(error.status_code, error.details.message, error.details.id)
        except errors.HarnessError as error:  # the root of all of them
            print("something else:", error)


if __name__ == "__main__":
    main()
