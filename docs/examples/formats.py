"""Speak YAML with the operations that take it."""

from harness_nextgen import Harness, models


def main() -> None:
    with Harness(format="yaml") as harness:
        request = models.CreateOrganizationRequest(
            org=models.Organization(identifier="payments", name="Payments")
        )
        made = harness.organizations.create(request)
        print(made.to_dict())


if __name__ == "__main__":
    main()
