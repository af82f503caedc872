"""Send a module's archive and README, and fetch them, without holding them in memory."""

from pathlib import Path

from harness_nextgen import Harness


def show(done: int, whole: int | None) -> None:
    print(done, "of", whole or "unknown")


def main(archive: Path = Path("vpc.tar.gz"), copy: Path = Path("copy.md")) -> None:
    with Harness() as harness:
        harness.onboarding.upload_archive(
            "vpc", "aws", "1.0.0", archive,
            content_disposition=f'attachment; filename="{archive.name}"', progress=show,
        )  # fmt: skip
        harness.onboarding.upload_readme("vpc", "aws", "1.0.0", "# A VPC\n")

        module = next(iter(harness.modules.list(search_term="vpc")))
        harness.modules.get_readme(module.id, version="1.0.0").save(copy)
        print(harness.modules.get_readme(module.id, version="1.0.0").text())


if __name__ == "__main__":
    main()
