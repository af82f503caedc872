"""Measure the pipeline against its peers and against its own limits.

Every figure is a ratio within one run of one machine, and no test asserts any of them.
"""
