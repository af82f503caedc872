"""What each operation does; a function has the name of its operationId."""
