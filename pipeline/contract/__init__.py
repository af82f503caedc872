"""The contract: recorded exchanges, checked against the effective spec and against the client."""
