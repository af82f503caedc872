"""Content that comes as it is: into memory, in chunks, or into a file.

A file is written under a temporary name in its own folder and gets its name when it is whole, so
that no one ever sees half of it; on any failure it is removed. A body that ends before its
Content-Length is a failure (RFC 9112, section 8).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.options import CallOptions
from harness_nextgen_runtime.request import Progress, Request

if TYPE_CHECKING:
    import httpx

    from harness_nextgen_runtime.client import AsyncClient, SyncClient


class _Content:
    """What both kinds of downloads know: the request, for reading whole and for streaming."""

    def __init__(self, request: Request, options: CallOptions | None) -> None:
        accept = {"Accept": "*/*"}
        self._whole = replace(request, headers={**accept, **request.headers})
        # Bytes as they are: then the length is that of the file, and a body that breaks off shows.
        plain = {**accept, "Accept-Encoding": "identity"}
        self._streamed = replace(request, headers={**plain, **request.headers})
        self._options: CallOptions = options or {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._whole.operation.id}>"


class Download(_Content):
    """Content on the server, which nothing is asked for before it is used.

    ::

        client.things.download(thing_id).save("thing.zip")
        text = client.things.get_readme(thing_id).text()
        for chunk in client.things.download(thing_id): ...

    Each use asks the server anew. All of them raise what a call raises, and ConnectionFailedError
    when the content breaks off; only the time until the first byte is covered by retries, but for
    ``read`` and ``text``, which are repeated whole.
    """

    def __init__(
        self, client: SyncClient, request: Request, options: CallOptions | None = None
    ) -> None:
        """Describe what to ask for."""
        super().__init__(request, options)
        self._client = client

    def read(self) -> bytes:
        """Read it into memory; raises ResponseTooLargeError above ``max_response_bytes``."""
        return self._client.call(self._whole, _read_content, self._options) or b""

    def text(self) -> str:
        """Read it into memory as text, in the charset that the server names, or else UTF-8.

        What is not in that charset becomes U+FFFD. Raises ResponseTooLargeError above
        ``max_response_bytes``.
        """
        return self._client.call(self._whole, _read_text, self._options) or ""

    def iter_bytes(self, chunk_size: int = constants.CHUNK_BYTES) -> Generator[bytes, None, None]:
        """Walk it in chunks of ``chunk_size`` bytes, the last one shorter; of any size in all.

        Leaving the loop closes the connection. A loop that ends has seen all of it.
        """
        _check_chunk_size(chunk_size)
        return self._walk(chunk_size)

    def _walk(self, chunk_size: int) -> Generator[bytes, None, None]:
        with self._client.stream(self._streamed, self._options) as response:
            done = 0
            for chunk in response.iter_bytes(chunk_size):
                yield chunk
                done = _count(response, done, chunk)
            _check_whole(response, done)

    def __iter__(self) -> Generator[bytes, None, None]:
        """Walk it in chunks."""
        return self.iter_bytes()

    def save(self, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        """Write it to a file, of any size, and return its path.

        A file that is there is replaced when the new one is whole, and keeps its mode; until then,
        and on any failure, it is left as it is. ``progress`` is called with the bytes that came
        and, where the server tells, how many will. Raises OSError for what the disk cannot take,
        before anything is sent where that can be known.
        """
        file = UnfinishedFile(path)
        try:
            with self._client.stream(self._streamed, self._options) as response:
                total = _read_length(response)
                done = 0
                _report(progress, done, total)
                for chunk in response.iter_bytes(constants.CHUNK_BYTES):
                    file.write(chunk)
                    done = _count(response, done, chunk)
                    _report(progress, done, total)
                _check_whole(response, done)
            file.finish()
        except BaseException:
            file.remove()
            raise
        return Path(path)


class AsyncDownload(_Content):
    """Content on the server, which nothing is asked for before it is used; see ``Download``.

    ::

        await client.things.download(thing_id).save("thing.zip")
        text = await client.things.get_readme(thing_id).text()
        async for chunk in client.things.download(thing_id): ...
    """

    def __init__(
        self, client: AsyncClient, request: Request, options: CallOptions | None = None
    ) -> None:
        """Describe what to ask for."""
        super().__init__(request, options)
        self._client = client

    async def read(self) -> bytes:
        """Read it into memory; raises ResponseTooLargeError above ``max_response_bytes``."""
        return await self._client.call(self._whole, _read_content, self._options) or b""

    async def text(self) -> str:
        """Read it into memory as text, in the charset that the server names, or else UTF-8.

        What is not in that charset becomes U+FFFD. Raises ResponseTooLargeError above
        ``max_response_bytes``.
        """
        return await self._client.call(self._whole, _read_text, self._options) or ""

    def iter_bytes(self, chunk_size: int = constants.CHUNK_BYTES) -> AsyncGenerator[bytes, None]:
        """Walk it in chunks of ``chunk_size`` bytes, the last one shorter; of any size in all.

        A loop that ends has seen all of it. Python closes a loop that was left a moment later;
        ``contextlib.aclosing`` closes it, and its connection, at once.
        """
        _check_chunk_size(chunk_size)
        return self._walk(chunk_size)

    async def _walk(self, chunk_size: int) -> AsyncGenerator[bytes, None]:
        async with self._client.stream(self._streamed, self._options) as response:
            done = 0
            async for chunk in response.aiter_bytes(chunk_size):
                yield chunk
                done = _count(response, done, chunk)
            _check_whole(response, done)

    def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Walk it in chunks."""
        return self.iter_bytes()

    async def save(self, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        """Write it to a file, of any size, and return its path.

        A file that is there is replaced when the new one is whole, and keeps its mode; until then,
        and on any failure, it is left as it is. ``progress`` is called with the bytes that came
        and, where the server tells, how many will. Raises OSError for what the disk cannot take,
        before anything is sent where that can be known. The event loop never waits for the disk
        but to open and to name the file.
        """
        import asyncio

        file = UnfinishedFile(path)
        try:
            async with self._client.stream(self._streamed, self._options) as response:
                total = _read_length(response)
                done = 0
                _report(progress, done, total)
                async for chunk in response.aiter_bytes(constants.CHUNK_BYTES):
                    await asyncio.to_thread(file.write, chunk)
                    done = _count(response, done, chunk)
                    _report(progress, done, total)
                _check_whole(response, done)
            file.finish()
        except BaseException:
            file.remove()
            raise
        return Path(path)


class UnfinishedFile:
    """A file under a temporary name in the folder where it belongs."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        # Through links: what a link points to is written, as opening it would.
        self._target = Path(os.path.realpath(path))
        self._mode: int | None = None
        with suppress(FileNotFoundError):
            found = self._target.stat().st_mode
            if stat.S_ISDIR(found):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
            if not stat.S_ISREG(found):
                # Renaming over a device would do away with it.
                raise ConfigurationError(f"{os.fspath(path)} is no regular file: use iter_bytes()")
            self._mode = stat.S_IMODE(found)
        if not self._target.parent.is_dir():
            raise FileNotFoundError(
                errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(self._target.parent)
            )
        # No name is longer than 255 bytes, which 50 characters and the rest are not.
        name = f".{self._target.name[:50]}.{os.urandom(6).hex()}.part"
        self._path = self._target.with_name(name)
        self._file: BinaryIO = self._path.open("xb")

    def write(self, chunk: bytes) -> None:
        """Add a chunk."""
        self._file.write(chunk)

    def finish(self) -> None:
        """Give the file its name."""
        self._file.close()
        if self._mode is not None:
            self._path.chmod(self._mode)
        self._path.replace(self._target)

    def remove(self) -> None:
        """Remove what was written."""
        with suppress(OSError):  # a full disk, where the last bytes cannot be written
            self._file.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def _read_content(response: httpx.Response) -> bytes:
    return response.content


def _read_text(response: httpx.Response) -> str:
    return response.text


def _check_chunk_size(chunk_size: object) -> None:
    if not isinstance(chunk_size, int) or isinstance(chunk_size, bool) or chunk_size < 1:
        raise ConfigurationError(f"chunk_size must be a whole number from 1, not {chunk_size!r}")


def _read_length(response: httpx.Response) -> int | None:
    length = response.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None


def _count(response: httpx.Response, done: int, chunk: bytes) -> int:
    # An answer that was in memory from the start, as httpx.MockTransport gives it, counts nothing.
    return response.num_bytes_downloaded or done + len(chunk)


def _check_whole(response: httpx.Response, done: int) -> None:
    # The transports of httpx see to it themselves; one that a user brings may not.
    import httpx

    length = _read_length(response)
    if length is not None and done < length:
        raise httpx.RemoteProtocolError(f"the body broke off after {done} bytes of {length}")


def _report(progress: Progress | None, done: int, total: int | None) -> None:
    if progress:
        progress(done, total)
