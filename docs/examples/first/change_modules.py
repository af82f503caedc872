from harness_nextgen import Harness, errors, models

with Harness() as harness:
    request = models.CreateModuleRequest(name="network", system="aws", tags="core")
    made = harness.modules.create(request)
    try:
        harness.modules.create(request)
    except errors.ConflictError as error:
        print(error.status_code, error.details.message)
    print(harness.modules.get(made.id).tag_list)
    harness.modules.delete(made.id)
