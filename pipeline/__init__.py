"""The machine that turns a spec and its overlays into a Python client.

Nothing in here ships: the wheel holds the generated client and its runtime only.
"""

import sys
from pathlib import Path

# The pipeline runs from a checkout, and asks the runtime beside it for the names of its errors.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
