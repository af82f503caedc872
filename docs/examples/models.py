"""What models keep: unknown fields and values, null beside missing, times and tags."""

from harness_nextgen import UNSET, models


def main() -> None:
    answer = {
        "id": "1", "account": "a", "name": "vpc", "system": "aws",
        "created": 1691150743950, "updated": 1691150743950,
        "tags": "network, core", "description": None,
        "storage_type": "tape", "colour": "blue",
    }  # fmt: skip
    module = models.Module.from_dict(answer)
    print(module)
    print(module.created_at, module.synced_at, module.tag_list)
    print(module.description is None, module.scope_org is UNSET)
    print(module.storage_type == "tape", module.additional_properties)
    print(module.to_dict() == answer)


if __name__ == "__main__":
    main()
