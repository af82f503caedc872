"""Find the modules of a registry that nobody can use, and delete them."""
