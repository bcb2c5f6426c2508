"""Requests to other people's servers that come to an end, whatever those servers do.

One deadline for all requests of a client together: timeouts that begin anew with each step never end for a
server that sends a byte now and then. Answers are bounded in size, and redirects lead to the same server
only, since what is sent there may be secret; or elsewhere too, without it, where the client says so. Goes
through the proxy that the environment names (HTTP_PROXY, HTTPS_PROXY, NO_PROXY).
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import cache
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import httpcore

from platform_app.outgoing.answer import Answer, RequestFailed

_USER_AGENT = "Joey"
_WRITTEN_BYTES = 64 * 1024
# Of a connection that nobody uses: what stands between may forget it, and swallow what is sent then.
_IDLE_SECONDS = 30.0
_MOST_BYTES = 1024 * 1024
_MOST_REDIRECTS = 5
_KEEPS_METHOD = frozenset({307, 308})
_REDIRECTS = _KEEPS_METHOD | {301, 302, 303}
# What may stand in an address as it is; everything else is escaped, as browsers do.
_KEPT_IN_PATHS = "/%:@!$&'()*+,;=~-._"
_KEPT_IN_QUERIES = _KEPT_IN_PATHS + "?"
_PORTS = {"http": 80, "https": 443}
# What requests of httpcore raise that get no answer, or no whole one.
FAILURES = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)


# Asked about an IP address, in digits.
IsAllowed = Callable[[str], bool]


class BoundedClient:
    """Sends requests until `seconds` after its beginning are over. For one thread, and for one task only.

    With `is_allowed` it connects only to addresses for which that is true, and so not through a proxy, which
    looks names up itself. With `follows_anywhere` redirects of GET and HEAD may lead to other servers, which
    get no headers and no body.
    """

    def __init__(
        self,
        *,
        seconds: float,
        most_bytes: int = _MOST_BYTES,
        is_allowed: IsAllowed | None = None,
        follows_anywhere: bool = False,
    ) -> None:
        self._most_bytes = most_bytes
        self._uses_proxies = is_allowed is None
        self._follows_anywhere = follows_anywhere
        self._backend = DeadlineBackend(_Deadline(seconds), is_allowed)
        self._pools = ExitStack()
        self._pool_by_proxy: dict[str, httpcore.ConnectionPool] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pools.close()

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """The answer to a request, redirects followed. Raises RequestFailed."""
        target, sent = parsed_target(url), headers or {}
        for _ in range(_MOST_REDIRECTS + 1):
            answer, location = self._send(method, target, sent, body)
            if location is None or not (answer.status in _KEEPS_METHOD or method in ("GET", "HEAD")):
                return answer
            following = parsed_target(location, base=target.geturl())
            if _origin(following) != _origin(target):
                if not self._follows_anywhere or method not in ("GET", "HEAD"):
                    raise RequestFailed(
                        f"{_origin(target)} redirects to another server, {_origin(following)}"
                    )
                sent, body = {}, b""  # they were meant for the first one, and may be secret
            target = following
        raise RequestFailed(f"{_origin(target)} redirects more than {_MOST_REDIRECTS} times")

    def _send(
        self, method: str, target: SplitResult, headers: Mapping[str, str], body: bytes
    ) -> tuple[Answer, str | None]:
        # An answer that unpacks itself could be a thousand times as large as what was counted.
        sent = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity", **headers}
        if body or method == "POST":
            sent["Content-Length"] = str(len(body))
        try:
            with self._pool(proxy_to(target) if self._uses_proxies else "").stream(
                method,
                httpcore_url(target),
                headers=[
                    (b"Host", target.netloc.encode()),
                    *((name.encode(), text.encode()) for name, text in sent.items()),
                ],
                content=body or None,
            ) as response:
                received = tuple(
                    (name.decode("latin-1").lower(), text.decode("latin-1"))
                    for name, text in response.headers
                )
                found = dict(received)
                if found.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
                    raise RequestFailed(f"{_origin(target)} packs its answer, unasked")
                content = self._content(response, target)
                answer = Answer(response.status, found.get("content-type", ""), content, received)
        except FAILURES as error:
            raise RequestFailed(f"{_origin(target)}: {str(error) or type(error).__name__}") from error
        return answer, found.get("location") if answer.status in _REDIRECTS else None

    def _pool(self, proxy: str) -> httpcore.ConnectionPool:
        pool = self._pool_by_proxy.get(proxy)
        if pool is None:
            pool = self._pools.enter_context(new_pool(proxy, self._backend))
            self._pool_by_proxy[proxy] = pool
        return pool

    def _content(self, response: httpcore.Response, target: SplitResult) -> bytes:
        content = bytearray()
        for chunk in response.iter_stream():
            content += chunk
            if len(content) > self._most_bytes:
                raise RequestFailed(f"{_origin(target)} answers with more than {self._most_bytes} bytes")
        return bytes(content)


@cache
def _ssl_context() -> ssl.SSLContext:
    # The system's certificates know private authorities; certifi's are there when the system has none.
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


# --- proxies ------------------------------------------------------------------------------------------


def proxy_to(target: SplitResult) -> str:
    """The address of the proxy on the way to `target`; "" for none, as for this machine itself."""
    host = target.hostname or ""
    if host == "localhost" or _is_loopback(host) or proxy_bypass(host):
        return ""
    return getproxies().get(target.scheme, "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def new_pool(
    proxy: str, backend: httpcore.NetworkBackend, *, most_connections: int | None = 10, most_idle: int = 10
) -> httpcore.ConnectionPool:
    """Connections through a proxy, or directly for "". Raises RequestFailed for what is no proxy."""
    if not proxy:
        return httpcore.ConnectionPool(
            ssl_context=_ssl_context(),
            max_connections=most_connections,
            max_keepalive_connections=most_idle,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=backend,
        )
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        target, parts = parsed_target(address), urlsplit(address)
    except RequestFailed:
        # Without its words: they hold the address, which may hold a password.
        raise RequestFailed("the environment names a proxy that is no http:// or https:// address") from None
    user = (unquote(parts.username or ""), unquote(parts.password or ""))
    return httpcore.HTTPProxy(
        httpcore_url(target),
        proxy_auth=user if any(user) else None,
        ssl_context=_ssl_context(),
        max_connections=most_connections,
        max_keepalive_connections=most_idle,
        keepalive_expiry=_IDLE_SECONDS,
        network_backend=backend,
    )


# --- addresses ----------------------------------------------------------------------------------------


def parsed_target(url: str, *, base: str = "") -> SplitResult:
    """`url`, seen from `base`, in characters that HTTP knows and without user name and fragment.

    Raises RequestFailed for what is no such address.
    """
    try:
        parts = urlsplit(urljoin(base, url))
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
        path, query = quote(parts.path or "/", _KEPT_IN_PATHS), quote(parts.query, _KEPT_IN_QUERIES)
    except ValueError as error:
        raise RequestFailed(f"{url[:200]!r} is no address") from error
    if parts.scheme not in _PORTS or not host:
        raise RequestFailed(f"{url[:200]!r} is no address that begins with http:// or https://")
    host = f"[{host}]" if ":" in host else host
    netloc = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    return SplitResult(parts.scheme, netloc, path, query, "")


def _origin(target: SplitResult) -> str:
    return f"{target.scheme}://{target.netloc}"


def httpcore_url(target: SplitResult) -> httpcore.URL:
    path = f"{target.path}?{target.query}" if target.query else target.path
    host = (target.hostname or "").encode()
    return httpcore.URL(scheme=target.scheme.encode(), host=host, port=target.port, target=path.encode())


# --- the deadline -------------------------------------------------------------------------------------


class TimeLeft(Protocol):
    def remaining(self) -> float:
        """The seconds that are left, more than 0. Raises httpcore.TimeoutException when none are."""
        ...


class _Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        remaining = self._end - time.monotonic()
        if remaining <= 0:
            raise httpcore.TimeoutException("no time left")
        return remaining


class DeadlineBackend(httpcore.NetworkBackend):
    """Connections whose every step has the time that is left of the whole."""

    def __init__(self, deadline: TimeLeft, is_allowed: IsAllowed | None = None) -> None:
        self._deadline = deadline
        self._is_allowed = is_allowed
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _addresses(host, port, self._deadline)
        if self._is_allowed is not None:
            # These are connected to, not the name: it may lead elsewhere when it is looked up again.
            addresses = [address for address in addresses if self._is_allowed(address)]
            if not addresses:
                raise httpcore.ConnectError("no address of it is allowed")
        for left in range(len(addresses), 0, -1):
            # One that is dead, as IPv6 is in many a network, must not use up the time of the others.
            seconds = self._deadline.remaining() / left
            try:
                stream = self._backend.connect_tcp(
                    addresses[-left], port, seconds, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
            else:
                return _DeadlineStream(stream, self._deadline)
        raise httpcore.ConnectError("the name has no address")


def _addresses(host: str, port: int, deadline: TimeLeft) -> list[str]:
    """What a name stands for. The system's resolver takes no timeout, so a thread is left alone with it."""
    answers: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answers.put(error)
        else:
            answers.put(list(dict.fromkeys(str(address[0]) for *_, address in found)))

    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.remaining())
    except Empty:
        raise httpcore.ConnectTimeout("no time left to look up the name") from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(str(answer)) from answer
    return answer


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: TimeLeft) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # Piece by piece: httpcore gives each send the whole time, and copies what is left after each.
        view = memoryview(buffer)
        for at in range(0, len(view), _WRITTEN_BYTES):
            self._stream.write(view[at : at + _WRITTEN_BYTES], self._deadline.remaining())  # type: ignore[arg-type]

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining())
        return _DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
