"""The socket that the sandbox listens on."""

from __future__ import annotations

import asyncio
import socket

from harness_nextgen_sandbox.serving import HOST, listen


def test_answers_do_not_wait_for_an_acknowledgement() -> None:
    """A connection sends at once (TCP_NODELAY): an answer goes out in two pieces."""

    async def accept() -> int:
        accepted: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted.set_result(writer.get_extra_info("socket"))
            await writer.drain()
            writer.close()

        listener = listen(0)
        async with await asyncio.start_server(serve, sock=listener) as server:
            _, writer = await asyncio.open_connection(HOST, listener.getsockname()[1])
            connection = await accepted
            option = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            writer.close()
            await writer.wait_closed()
            server.close()
        return option

    assert asyncio.run(accept()) != 0
