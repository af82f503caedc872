"""The machine that turns a spec and its overlays into a Python client.

Nothing in here ships: the wheel holds the generated client and its runtime only.
"""
