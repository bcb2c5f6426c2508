"""An OAuth2 provider on loopback that is strict with its clients, and as bad a server as tests want.

with IdentityProvider() as provider:
    code = provider.authorize(verifier="...")          # somebody agreed on the consent page
    provider.describe("/user", {"id": 1})              # what the access token opens
    ... the code under test asks provider.url("/token") and provider.url("/user")

At provider.url("/authorize") is its consent page, for browsers.
"""

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from auth_app.providers.exchange import fetch_user
from auth_app.providers.registry import configured_provider
from collections_app.auth_options import OAuth2ProviderOptions

CLIENT_ID = "client & co"
CLIENT_SECRET = "s:cr+t%é"
REDIRECT_URL = "https://app.example.com/api/oauth2-redirect"
ACCESS_TOKEN = "access-token"


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    opens_without_token: bool = False


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self):
        return {
            name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()
        }

    @property
    def json(self):
        return json.loads(self.body)


@dataclass(frozen=True)
class _Code:
    challenge: str
    redirect_url: str


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # of the usual 5, some of twenty clients at once are turned away


class IdentityProvider:
    """`accepts` are the ways in which clients may say who they are: "basic", "body".

    `token` are the members of a good answer of the token endpoint, `is_form` whether they come as a form.
    `drips` names paths whose answers never end, and what of them comes bit by bit: "head", "body", "nothing".
    """

    def __init__(self):
        self.accepts = {"basic", "body"}
        self.token = {
            "access_token": ACCESS_TOKEN,
            "token_type": "bearer",
            "refresh_token": "refresh-token",
            "expires_in": 3600,
        }
        self.is_form = False
        self.drips = {}
        self.dripped_away = threading.Event()
        self.seen = []
        self._replies = {}
        self._codes = {}
        self._numbers = count()
        self._server = _Server(("127.0.0.1", 0), self._handler())

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    # --- what a test arranges -----------------------------------------------------------------------

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def authorize(self, verifier="", redirect_url=REDIRECT_URL):
        """A code for whoever has `verifier`; without one, for a client that does without PKCE."""
        code = f"code-{next(self._numbers)}"
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=") if verifier else ""
        self._codes[code] = _Code(challenge, redirect_url)
        return code

    def describe(self, path, value, **reply):
        self.reply(path, Reply(body=json.dumps(value).encode(), **reply))

    def reply(self, path, reply):
        self._replies[path] = reply

    def seen_at(self, path):
        return [one for one in self.seen if one.path == path]

    # --- the server -----------------------------------------------------------------------------------

    def _handler(self):
        provider = self
        self._closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path, _, _ = self.path.partition("?")
                seen = Seen(self.command, path, {k.lower(): v for k, v in self.headers.items()}, body)
                provider.seen.append(seen)
                if path in provider.drips:
                    self.drip(provider.drips[path])
                elif path in provider._replies:
                    self.send(provider._reply(seen))
                elif path == "/authorize":
                    self.send(provider._consent(self.path))
                elif path == "/token":
                    self.send(provider._exchange(seen))
                else:
                    self.send(Reply(404, b"{}"))

            do_POST = do_GET

            def send(self, reply):
                self.send_response(reply.status)
                for name, value in {"Content-Type": reply.content_type, **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def drip(self, part):
                self.close_connection = True
                head = b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b"")
                try:
                    self.wfile.write(b"" if part == "nothing" else head)
                    while not provider._closing.wait(0.005):
                        self.wfile.write({"head": b"X-Slow: 1\r\n", "body": b" ", "nothing": b""}[part])
                except OSError:
                    provider.dripped_away.set()

            def log_message(self, *args):
                pass

        return Handler

    def _consent(self, address):
        """The page on which somebody agrees, or refuses."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{next(self._numbers)}"
        self._codes[code] = _Code(asked.get("code_challenge", ""), asked["redirect_uri"])

        def link(text, **answer):
            query = urlencode({"state": asked["state"], **answer})
            return f'<a href="{escape(asked["redirect_uri"])}?{escape(query)}">{text}</a>'

        page = f"<title>Elsewhere</title>{link('Agree', code=code)} {link('Refuse', error='access_denied')}"
        return Reply(body=f"<!doctype html>{page}".encode(), content_type="text/html")

    def _reply(self, seen):
        reply = self._replies[seen.path]
        if reply.opens_without_token or seen.path == "/token":
            return reply
        if seen.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return Reply(401, b'{"message": "Bad credentials"}')
        return reply

    def _exchange(self, seen):
        form = seen.form
        if not self._knows_client(seen):
            return _error(401, "invalid_client")
        code = self._codes.pop(form.get("code", ""), None)
        if seen.method != "POST" or form.get("grant_type") != "authorization_code" or code is None:
            return _error(400, "invalid_grant")
        if form.get("redirect_uri", "") != code.redirect_url:
            return _error(400, "invalid_grant")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != code.challenge if code.challenge else "code_verifier" in form:
            return _error(400, "invalid_grant")
        if self.is_form:
            return Reply(200, urlencode(self.token).encode(), "application/x-www-form-urlencoded")
        return Reply(200, json.dumps(self.token).encode())

    def _knows_client(self, seen):
        kind, _, credentials = seen.headers.get("authorization", "").partition(" ")
        if kind == "Basic" and "basic" in self.accepts:
            name, _, secret = base64.b64decode(credentials).decode().partition(":")
            return (unquote_plus(name), unquote_plus(secret)) == (CLIENT_ID, CLIENT_SECRET)
        form = seen.form
        return "body" in self.accepts and (form.get("client_id"), form.get("client_secret")) == (
            CLIENT_ID,
            CLIENT_SECRET,
        )


def _error(status, code):
    return Reply(status, json.dumps({"error": code, "error_description": f'"{code}", naïvely'}).encode())


# --- the code under test --------------------------------------------------------------------------------

VERIFIER = "v" * 43


def options_of(provider, name="oidc", **changes):
    """What a collection that knows `provider` under this name has stored."""
    return OAuth2ProviderOptions.from_json(
        {
            "name": name,
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "tokenURL": provider.url("/token"),
            "userInfoURL": provider.url("/user"),
            **changes,
        }
    )


def signed_in(provider, options, *, code=None, verifier=VERIFIER, redirect_url=REDIRECT_URL):
    """Whom the provider says the bearer of a good code is, or of `code`."""
    known = configured_provider(options)
    code = code or provider.authorize(VERIFIER if known.has_pkce else "", redirect_url)
    return fetch_user(known, options, code=code, code_verifier=verifier, redirect_url=redirect_url)
