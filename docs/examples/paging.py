"""Walk lists: item by item, page by page, and several pages ahead."""

from harness_nextgen import Harness


def main() -> None:
    with Harness() as harness:
        modules = harness.modules.list(sort="name,ASC")
        print(modules.total, "modules")  # None when the server does not tell

        for page in harness.modules.list(limit=50).pages():
            print(f"page {page.number}: {len(page.items)} modules")

        names = [module.name for module in harness.modules.list(prefetch=8)]
        print(len(names), "names")


if __name__ == "__main__":
    main()
