"""What users can write with a generated client, and what became of it between two trees."""
