"""Measure pipeline and client against their peers and against their own limits.

Every figure is a ratio within one run of one machine, and no test asserts any of them.
"""
