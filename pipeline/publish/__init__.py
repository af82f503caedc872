"""From the checkout to somebody else's program: build, publish, consume, release."""
