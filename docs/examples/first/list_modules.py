from harness_nextgen import Harness

with Harness() as harness:
    modules = harness.modules.list(search_term="vpc")
    print(modules.total, "modules")
    for module in modules:
        print(module.name, module.scope_org or "-", module.versions)
