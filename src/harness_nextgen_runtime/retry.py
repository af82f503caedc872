"""When a call is tried again, and after which wait. Nothing here waits or sends."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from harness_nextgen_runtime import constants

if TYPE_CHECKING:
    from harness_nextgen_runtime.operation import Operation


def may_repeat_answer(operation: Operation, status_code: int, *, temporary: bool) -> bool:
    """Tell whether an answer lets the same request be sent again.

    429 refuses a request before it is carried out, whatever its method. Any other may come
    after the work was done, so only a method that is safe to repeat is
    (RFC 9110, section 9.2.2).
    """
    if status_code == 429:
        return True
    return operation.is_idempotent and (status_code in constants.RETRIED_STATUSES or temporary)


def may_repeat_failure(operation: Operation, *, connected: bool) -> bool:
    """Tell whether a request that got no answer may be sent again.

    Without a connection it cannot have been carried out; with one, nobody knows.
    """
    return operation.is_idempotent or not connected


def delay_before(number: int, retry_after: float | None = None) -> float | None:
    """Return the seconds to wait before retry ``number`` (from 1), or None to give up.

    Full jitter: anything between nothing and a bound that doubles each time, so that clients that
    failed together do not come back together. What the server asks for wins, and one that asks
    for more than MAX_RETRY_AFTER is not waited for.
    """
    if retry_after is not None:
        return retry_after if retry_after <= constants.MAX_RETRY_AFTER else None
    bound = min(constants.MAX_DELAY, constants.FIRST_DELAY * 2.0 ** min(number - 1, 30))
    return random.random() * bound


def read_retry_after(text: str | None) -> float | None:
    """Read a Retry-After header, seconds or a date (RFC 9110, section 10.2.3), as seconds."""
    if not text:
        return None
    text = text.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return float(text)
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            return None
        return max(0.0, moment.timestamp() - time.time())
    except (ValueError, OverflowError, TypeError):
        return None
