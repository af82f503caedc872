"""Options of a client, of a copy, of one call; and the answer as it came."""

import httpx
from harness_nextgen import Harness, Timeout


def main() -> None:
    with Harness(
        timeout=Timeout(connect=2.0, read=20.0), user_agent_suffix="my-program/1.0"
    ) as harness:
        patient = harness.with_options(timeout=120.0, max_retries=8)  # shares the connections
        print(len(list(patient.modules.list())))

        harness.modules.list_providers(timeout=5.0, headers={"X-Trace": "abc"})

        answer = harness.modules.with_raw_response.list_providers()
        print(answer.status_code, answer.headers["content-type"], len(answer.content))
        print(answer.parse())

    with httpx.Client(verify=True) as http, Harness(http_client=http) as harness:
        print(harness.organizations.list().total)


if __name__ == "__main__":
    main()
