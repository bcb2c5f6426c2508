"""What is answered by HTTP beside HTTPS: the authority's challenges, and to all others where to go instead.

Reference: golang.org/x/crypto/acme/autocert (HTTPHandler) v0.55.0, which PocketBase 0.39.11 uses.
"""

from html import escape
from pathlib import Path

from platform_app.requests.asgi import Receive, Scope, Send
from system_app.tls.challenges import CHALLENGES, answer_for
from system_app.tls.names import ServedNames, bare_host

_HTTPS_PORT = 443
_PLAIN = b"text/plain; charset=utf-8"
_HTML = b"text/html; charset=utf-8"


class Redirects:
    """The ASGI application of the HTTP address; `https_port` is the other one's."""

    def __init__(self, names: ServedNames, folder: Path, https_port: int) -> None:
        self._names = frozenset(names.all)
        self._folder = folder
        self._port = "" if https_port == _HTTPS_PORT else f":{https_port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        host = bare_host(headers.get(b"host", b"").decode("latin-1"))
        path = scope["raw_path"].decode("latin-1")
        if path.startswith(CHALLENGES):
            await self._answer_challenge(send, host, path)
        elif scope["method"] not in {"GET", "HEAD"} or not host:
            await _answer(send, 400, b"Use HTTPS\n")
        else:
            query = scope["query_string"].decode("latin-1")
            location = f"https://{host}{self._port}{path}" + (f"?{query}" if query else "")
            text = f'<a href="{escape(location)}">Found</a>.\n\n' if scope["method"] == "GET" else ""
            await _answer(send, 302, text.encode("latin-1"), _HTML, location.encode("latin-1"))

    async def _answer_challenge(self, send: Send, host: str, path: str) -> None:
        if host not in self._names:
            await _answer(send, 403, b"This name is not served here.\n")
            return
        answer = answer_for(self._folder, path)
        if answer is None:
            await _answer(send, 404, b"Nobody asked for this.\n")
        else:
            await _answer(send, 200, answer)


async def _answer(
    send: Send, status: int, body: bytes, content_type: bytes = _PLAIN, location: bytes = b""
) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    headers.append((b"location", location) if location else (b"x-content-type-options", b"nosniff"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
