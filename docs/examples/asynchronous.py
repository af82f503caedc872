"""The same with await and async for."""

import asyncio

from harness_nextgen import AsyncHarness


async def main() -> None:
    async with AsyncHarness() as harness:
        async for organization in harness.organizations.list(prefetch=2):
            if organization.org:  # neither missing nor empty
                print(organization.org.identifier)

        ids = [module.id async for module in harness.modules.list(limit=10)]
        modules = await asyncio.gather(*(harness.modules.get(one) for one in ids))
        print([module.name for module in modules])


if __name__ == "__main__":
    asyncio.run(main())
