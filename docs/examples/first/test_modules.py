import pytest
from harness_nextgen import Harness

from harness_nextgen_sandbox import Sandbox


@pytest.mark.harness_sandbox(seed=50)
def test_list(harness_sandbox: Sandbox) -> None:
    """The program finds the Harness of this test in the environment."""
    with Harness() as harness:
        assert harness.modules.list().total == 50
