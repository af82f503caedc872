"""Do what a call asks for, step by step: once with threads that wait, once with tasks.

Nothing is decided here.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import httpx

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.deadlines import hold_to
from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.sending import Answer
from harness_nextgen_runtime.steps import Close, Read, ReadInto, Send, Step, Wait
from harness_nextgen_runtime.tracebacks import drop_transport_frames

if TYPE_CHECKING:
    import asyncio
    from typing import TypeAlias

    Steps: TypeAlias = Generator[Step, Any, Answer]

_NOBODY = httpx.Auth()  # adds nothing, and keeps httpx from adding what the client has


def drive(steps: Steps, http: httpx.Client) -> Answer:
    """Run a call to its end, blocking."""
    step = next(steps)
    try:
        while True:
            try:
                result = _perform(step, http)
            except Exception as error:
                drop_transport_frames(error)
                step = steps.throw(error)
            else:
                step = steps.send(result)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    except BaseException as error:
        drop_transport_frames(error)
        raise
    finally:
        steps.close()


async def drive_async(steps: Steps, http: httpx.AsyncClient, slots: Slots | None) -> Answer:
    """Run a call to its end, in a task; an answer that is not read gives its place back."""
    holds_slot = False
    step = next(steps)
    try:
        while True:
            try:
                if slots is not None and isinstance(step, Send):
                    await slots.acquire(step.request)
                    holds_slot = True
                result = await _perform_async(step, http)
            except Exception as error:
                if slots is not None and holds_slot:
                    slots.release()
                    holds_slot = False
                drop_transport_frames(error)
                step = steps.throw(error)
            else:
                if slots is not None and holds_slot and not isinstance(step, Send):
                    slots.release()
                    holds_slot = False
                step = steps.send(result)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    except BaseException as error:
        drop_transport_frames(error)
        raise
    finally:
        if slots is not None and holds_slot:
            slots.release()
        steps.close()


class Slots:
    """The places of the tasks that send or wait for an answer; MAX_TASKS of them."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._free: asyncio.Semaphore | None = None

    async def acquire(self, request: httpx.Request) -> None:
        """Take a place, or wait for one; raises httpx.PoolTimeout as the pool itself would.

        Raises ConfigurationError where an event loop that is closed was used before this one: the
        connections that are kept belong to it, and break in the next.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        if self._loop is not None and self._loop is not loop and self._loop.is_closed():
            raise ConfigurationError(
                "the client was used in another event loop, which is closed: build one client in "
                "each asyncio.run()"
            )
        if self._free is None or self._loop is not loop:
            self._loop, self._free = loop, asyncio.Semaphore(constants.MAX_TASKS)
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(request.extensions["timeout"]["pool"]):
                await self._free.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout(
                "too many other calls wait for their answers", request=request
            ) from None

    def release(self) -> None:
        """Give a place back."""
        if self._free is not None:
            self._free.release()


def _perform(step: Step, http: httpx.Client) -> httpx.Response | None:
    match step:
        case Send(request, deadline, keeps_auth):
            auth = httpx.USE_CLIENT_DEFAULT if keeps_auth else _NOBODY
            if deadline is None:
                return http.send(request, stream=True, follow_redirects=False, auth=auth)
            with hold_to(deadline):
                return http.send(request, stream=True, follow_redirects=False, auth=auth)
        case Read(response):
            try:
                response.read()
            finally:
                response.close()
        case ReadInto(response, body, deadline):
            try:
                with hold_to(deadline):
                    for chunk in response.iter_bytes():
                        body.add(chunk)
            finally:
                response.close()
        case Close(response):
            response.close()
        case Wait(seconds):
            time.sleep(seconds)
    return None


async def _perform_async(step: Step, http: httpx.AsyncClient) -> httpx.Response | None:
    import asyncio

    match step:
        case Send(request, deadline, keeps_auth):
            auth = httpx.USE_CLIENT_DEFAULT if keeps_auth else _NOBODY
            if deadline is None:
                return await http.send(request, stream=True, follow_redirects=False, auth=auth)
            async with asyncio.timeout(deadline - time.monotonic()):
                return await http.send(request, stream=True, follow_redirects=False, auth=auth)
        case Read(response):
            try:
                await response.aread()
            finally:
                await response.aclose()
        case ReadInto(response, body, deadline):
            limit = None if deadline is None else deadline - time.monotonic()
            try:
                async with asyncio.timeout(limit):
                    async for chunk in response.aiter_bytes():
                        body.add(chunk)
            finally:
                await response.aclose()
        case Close(response):
            await response.aclose()
        case Wait(seconds):
            await asyncio.sleep(seconds)
    return None
