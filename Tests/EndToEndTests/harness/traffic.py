"""Every answer that a client of this process gets over httpx, whoever made the client: our own, and the official SDK."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

Observer = Callable[[httpx.Request, httpx.Response], None]

_observers: list[Observer] = []


def observe(observer: Observer) -> None:
    """From now on. What the observer raises, the client's caller gets."""
    if not _observers:
        _install()
    _observers.append(observer)


@contextmanager
def recorded() -> Iterator[list[tuple[httpx.Request, httpx.Response]]]:
    seen: list[tuple[httpx.Request, httpx.Response]] = []

    def keep(request: httpx.Request, response: httpx.Response) -> None:
        seen.append((request, response))

    observe(keep)
    try:
        yield seen
    finally:
        _observers.remove(keep)


def _install() -> None:
    send, send_async = httpx.Client.send, httpx.AsyncClient.send

    def send_and_tell(client: httpx.Client, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        return _tell(send(client, request, stream=stream, **options), stream)

    async def send_async_and_tell(
        client: httpx.AsyncClient, request: httpx.Request, *, stream: bool = False, **options: Any
    ) -> httpx.Response:
        return _tell(await send_async(client, request, stream=stream, **options), stream)

    httpx.Client.send = send_and_tell  # type: ignore[method-assign]
    httpx.AsyncClient.send = send_async_and_tell  # type: ignore[method-assign]


def _tell(response: httpx.Response, stream: bool) -> httpx.Response:
    # A stream is its reader's: it may never end.
    for each in [] if stream else [*response.history, response]:
        if each.request.url.host == "127.0.0.1":
            for observer in list(_observers):
                observer(each.request, each)
    return response
