"""Take frames out of a traceback whose locals hold what was sent."""

from __future__ import annotations

from types import TracebackType

_TRANSPORT = frozenset(
    {"anyio", "asyncio", "h11", "h2", "hpack", "httpcore", "httpx", "socket", "socksio", "ssl"}
    | {"harness_nextgen_runtime.deadlines"}  # which stands among them
)


def drop_transport_frames(error: BaseException) -> None:
    """Cut the frames of the HTTP library from an error and from those that led to it.

    Down there a request is plain bytes, key included, and tools that print the locals of every
    frame (``traceback.TracebackException`` with ``capture_locals``, error trackers) would show
    them. Frames of a transport that the user wrote stay.
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _without_transport(one.__traceback__)
        waiting += (one.__cause__, one.__context__)


def _without_transport(trace: TracebackType | None) -> TracebackType | None:
    frames: list[TracebackType] = []
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if _TRANSPORT.isdisjoint((name, name.partition(".")[0])):
            frames.append(trace)
        trace = trace.tb_next
    below: TracebackType | None = None
    for frame in reversed(frames):
        frame.tb_next = below
        below = frame
    return below
