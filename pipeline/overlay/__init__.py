"""OpenAPI Overlay 1.0 and 1.1: read, check, apply, trace, compare and start overlays.

The standard is at https://spec.openapis.org/overlay/v1.1.0.html; section numbers in this package
are those of that page. Each module does one thing; nothing is imported before it is needed.
"""
