"""Take in what Harness publishes anew: from its document to ours."""
