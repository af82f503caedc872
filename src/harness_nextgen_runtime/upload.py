"""Content that is sent as it is: from memory, from a file, or in chunks as they come.

Nothing is held in memory but one chunk. Where the size is known before, it is sent as
Content-Length (RFC 9110, section 8.6), and exactly so many bytes follow; where it is not, the
content goes in chunks (RFC 9112, section 7.1).
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.errors import ConfigurationError
from harness_nextgen_runtime.request import ContentBody

# Gives the next chunk, and None at the end: an iterator may give an empty one before.
_Read: TypeAlias = Callable[[], bytes | None]


class Upload:
    """The content of one call; each attempt to send it opens it anew.

    Bytes, text, a file by its path, an opened file that can be rewound and a collection of chunks
    are sent again from where they stood at first. An iterator and a file that cannot be rewound
    can be sent once: ``is_spent`` tells when that is over. Files that the caller opened stay open.

    ``progress`` is called at the start of each attempt and after each chunk, in the thread or
    event loop that sends; what it raises ends the call.
    """

    def __init__(self, body: ContentBody) -> None:
        """Look at the content, and read none of it.

        Raises ConfigurationError for what cannot be sent, and OSError for a path that cannot be
        read: before anything is sent.
        """
        self.media_type: str | None = body.media_type
        self.content: bytes | None = None
        """The whole content, where it is in memory and nobody asks for progress."""
        self.length: int | None = None
        """How many bytes there are, where that is known."""
        self._progress = body.progress
        self._source: Any = _plain(body.content)
        self._start: int | None = None
        self._begun = False
        self._can_repeat = True
        self._opened: BinaryIO | None = None
        source = self._source
        if isinstance(source, bytes):
            self.length = len(source)
            self.content = None if body.progress else source
        elif isinstance(source, Path):
            self._look_at_path(source)
        elif _is_asynchronous(source):
            self._can_repeat = not hasattr(source, "__anext__")
        elif hasattr(source, "read"):
            self._look_at_file(source)
        elif isinstance(source, list | tuple):
            self.length = sum(len(_check_chunk(chunk)) for chunk in cast("list[Any]", source))
        elif hasattr(source, "__iter__"):
            self._can_repeat = not hasattr(source, "__next__")
        else:
            raise ConfigurationError(
                f"{type(source).__name__} cannot be sent: pass bytes, text, a Path, a file opened "
                "in binary mode, or an iterator of bytes"
            )

    @property
    def is_spent(self) -> bool:
        """Whether it was begun and cannot be sent from its start again."""
        return self._begun and not self._can_repeat

    def open(self, *, asynchronous: bool) -> dict[str, Any]:
        """Return the arguments of ``httpx.Request`` that send it from its start.

        Raises ConfigurationError for asynchronous content unless ``asynchronous``. The opposite
        works: then files are read, and iterators asked, in threads.
        """
        if self.content is not None:
            return {"content": self.content}
        if asynchronous:
            return {"content": self._send_async()}
        if _is_asynchronous(self._source):
            raise ConfigurationError("asynchronous content takes the asynchronous client")
        return {"content": self._send()}

    def close(self) -> None:
        """Close the file behind a path, once an attempt is over.

        An attempt that broke off leaves it open: nobody tells the content, and the error keeps it.
        """
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _look_at_path(self, path: Path) -> None:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            self._can_repeat = False  # a pipe or a device: of any length, and gone once read
            return
        # Opened for its errors, so that they come before anything is sent.
        with path.open("rb") as file:
            self.length = os.fstat(file.fileno()).st_size

    def _look_at_file(self, file: Any) -> None:
        if isinstance(file, io.TextIOBase):
            raise ConfigurationError("open the file in binary mode ('rb'), not as text")
        if getattr(file, "closed", False):
            raise ConfigurationError("the file to be sent is closed")
        seekable: Callable[[], bool] | None = getattr(file, "seekable", None)
        if seekable is None or not seekable():
            self._can_repeat = False
            return
        start: int = file.tell()
        try:
            self.length = max(0, file.seek(0, os.SEEK_END) - start)
        except (OSError, ValueError):
            self.length = None  # it finds its start, but not its end
        file.seek(start)
        self._start = start

    def _send(self) -> Iterator[bytes]:
        read = self._begin()
        done = self._report(0)
        while (chunk := self._take(read(), done)) is not None:
            if chunk:
                yield chunk
                done = self._report(done + len(chunk))
        self.close()

    async def _send_async(self) -> AsyncIterator[bytes]:
        read = self._begin_async()
        done = self._report(0)
        while (chunk := self._take(await read(), done)) is not None:
            if chunk:
                yield chunk
                done = self._report(done + len(chunk))
        self.close()

    def _begin(self) -> _Read:
        self._begun = True
        source = self._source
        if isinstance(source, bytes):
            return _file_reader(io.BytesIO(source))
        if isinstance(source, Path):
            self.close()
            self._opened = source.open("rb")
            return _file_reader(self._opened)
        if hasattr(source, "read"):
            if self._start is not None:
                source.seek(self._start)
            return _file_reader(source)
        return _chunk_reader(iter(source))

    def _begin_async(self) -> Callable[[], Awaitable[bytes | None]]:
        import asyncio

        if _is_asynchronous(self._source):
            self._begun = True
            chunks = aiter(self._source)

            async def read_next() -> bytes | None:
                try:
                    return _check_chunk(await anext(chunks))
                except StopAsyncIteration:
                    return None

            return read_next
        # A disk or an iterator may take its time, and the event loop has none. What is in memory
        # goes the same way: it is rare here, and not worth a way of its own.
        read = self._begin()
        return lambda: asyncio.to_thread(read)

    def _take(self, chunk: bytes | None, done: int) -> bytes | None:
        """Return what is to be sent of a chunk; None at the end."""
        if chunk is not None:
            # A file that grew meanwhile: what was promised is sent, and no more.
            if self.length is None or done + len(chunk) <= self.length:
                return chunk
            chunk = chunk[: self.length - done]
        elif self.length is not None and done < self.length:
            raise ConfigurationError(
                f"the content became shorter while it was sent: {done} bytes of {self.length}"
            )
        return chunk or None

    def _report(self, done: int) -> int:
        if self._progress:
            self._progress(done, self.length)
        return done


def _plain(content: Any) -> Any:
    if isinstance(content, str):
        try:
            return content.encode()
        except UnicodeEncodeError:
            raise ConfigurationError("the content is no Unicode text") from None
    if isinstance(content, bytearray | memoryview):
        return bytes(cast("bytearray", content))  # iterating over these gives numbers
    if isinstance(content, os.PathLike):
        return Path(cast("os.PathLike[str]", content))
    return content


def _is_asynchronous(source: Any) -> bool:
    return hasattr(source, "__aiter__")


def _file_reader(file: Any) -> _Read:
    def read() -> bytes | None:
        chunk: Any = file.read(constants.CHUNK_BYTES)
        if chunk is None:
            raise ConfigurationError("a file that does not wait for its bytes cannot be sent")
        return _check_chunk(chunk) if len(chunk) else None

    return read


def _chunk_reader(chunks: Iterator[Any]) -> _Read:
    def read() -> bytes | None:
        try:
            return _check_chunk(next(chunks))
        except StopIteration:  # which cannot leave a thread's future
            return None

    return read


def _check_chunk(chunk: Any) -> bytes:
    if not isinstance(chunk, bytes | bytearray | memoryview):
        raise ConfigurationError(
            f"content that is sent in chunks must give bytes, not {type(chunk).__name__}"
        )
    # A copy of what its owner may fill anew while it is being sent.
    return chunk if isinstance(chunk, bytes) else bytes(cast("bytearray", chunk))
