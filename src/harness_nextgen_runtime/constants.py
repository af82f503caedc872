"""The numbers that the runtime uses where nobody says otherwise, all in one place.

All of them are choices, and none is one vendor's.
"""

CONNECT_TIMEOUT = 5.0
"""Seconds to make a connection."""
READ_TIMEOUT = 30.0
"""Seconds without a byte, while reading or writing."""
LONGEST_TIMEOUT = 2_000_000
"""Seconds, 23 days; a socket counts milliseconds in 31 bits and refuses a longer timeout."""
POOL_TIMEOUT = 60.0
"""Seconds to wait for one of our own connections to be free."""

MAX_CONNECTIONS = 100
"""Connections open at once; as many are kept for the next request."""
MAX_TASKS = 32
"""Tasks that an asynchronous client serves at once; others wait for their turn. httpcore compares
all its connections with each other whenever one is taken, so that more of them make it slower:
measured here, 1,000 tasks take 5 s with 32, 22 s with 100, and fail with a PoolTimeout without."""
KEEPALIVE_EXPIRY = 30.0
"""Seconds after which a connection that nobody used is closed."""

MAX_RETRIES = 2
"""Retries after the first attempt."""
RETRIED_STATUSES = frozenset({408, 429, 502, 503, 504})
"""Answers that say nothing of the request itself."""
FIRST_DELAY = 0.5
"""Seconds; the upper end of the wait before the first retry, doubled for each further one."""
MAX_DELAY = 8.0
"""Seconds; no wait of our own is longer."""
MAX_RETRY_AFTER = 60.0
"""Seconds; a server that asks for a longer wait is not waited for."""

MAX_REDIRECTS = 10
"""Redirects that a call follows."""

LIMITER_WINDOW = 60.0
"""Seconds in which ``requests_per_minute`` are counted."""

PAGE_SIZE = 100
"""Items to ask for on a page where the description allows as many."""
LEAVING_SECONDS = 1.0
"""Seconds that leaving a loop waits for the threads that read ahead."""

CHUNK_BYTES = 256 * 1024
"""How much of a file is in memory at a time, either way."""

MAX_RESPONSE_BYTES = 64 * 1024 * 1024
"""A response that is read into memory may not be larger; downloads to a file may."""
