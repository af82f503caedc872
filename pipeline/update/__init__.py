"""Take in a document that Harness publishes: what it changes for us, and what we tell users."""
