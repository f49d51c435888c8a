"""The live feed as an asynchronous stream of notices."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from clearq_tui.feed.address import socket_address
from clearq_tui.feed.messages import LINE_LIMIT, Notice, Subscribe, decode_notice, encode
from clearq_tui.model import ClearqError
from clearq_tui.paths import Home


class NobodyListens(ClearqError):
    """No controller listens at the socket."""


async def subscribe(home: Home) -> AsyncGenerator[Notice]:
    """Every notice from now on, `hello` first; ends when the controller leaves.

    Raises:
        NobodyListens: there is no controller to subscribe to.
        ClearqError: the controller said something that is no notice.
    """
    import asyncio  # slow to import, and the short commands never subscribe

    try:
        with socket_address(home) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=LINE_LIMIT)
    except OSError as error:
        raise NobodyListens(
            f"No controller listens at {home.socket}; `clearq up` starts one."
        ) from error
    try:
        writer.write(encode(Subscribe(type="subscribe")))
        while (line := await reader.readline()).endswith(b"\n"):
            yield decode_notice(line)
    except ConnectionError:
        return
    except ValueError as error:
        raise ClearqError(f"The controller's feed cannot be understood: {error}.") from error
    finally:
        writer.close()
