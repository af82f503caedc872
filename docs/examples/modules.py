"""Create, find, change and delete modules of the registry."""

from harness_nextgen import Harness, models


def main() -> None:
    with Harness() as harness:  # reads HARNESS_API_KEY, HARNESS_ACCOUNT_ID, HARNESS_BASE_URL
        made = harness.modules.create(
            models.CreateModuleRequest(
                name="vpc", system="aws", repository="terraform-modules", tags="network,core"
            )
        )
        module = harness.modules.get(made.id)
        print(module.name, module.created_at, module.tag_list)

        harness.modules.update(
            module.id, models.UpdateModuleRequest(name="vpc", system="aws", description="A VPC")
        )
        for found in harness.modules.list(search_term="vpc"):  # walks all pages
            print(found.name, found.description)

        harness.modules.delete(made.id)


if __name__ == "__main__":
    main()
