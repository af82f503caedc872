"""The documentation: its pages are read and checked, and made into a site."""
