"""What changed between two states of the API and its client, and what that does to callers."""
