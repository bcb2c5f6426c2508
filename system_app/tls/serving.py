"""A server process with two addresses: HTTPS at one, and at the other what leads there."""

import asyncio
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from django.conf import settings
from uvicorn.config import Config
from uvicorn.server import Server

from platform_app.requests.lifetime import Companion
from system_app.connections.connection import Connection
from system_app.connections.handshake import Handshake
from system_app.connections.watch import Watch, Watched
from system_app.tls.certificates import Certificates
from system_app.tls.keeping import Keeper
from system_app.tls.names import ServedNames, served_names
from system_app.tls.redirecting import Redirects


class TlsServer(Server):
    """uvicorn's; its connections are in one watch, encrypted or not."""

    def __init__(self, config: Config, watch: Watch) -> None:
        super().__init__(config)
        self._watch = watch

    async def startup(self, sockets: Sequence[socket.socket] | None = None) -> None:
        """`sockets` are the one for HTTPS and the one for HTTP, in this order."""
        await super().startup(sockets=[])
        https, http = sockets or ()
        names = names_of_settings()
        folder = Path(settings.JOEY_CERTIFICATES_DIR)
        context = Certificates(folder, names.all).context()
        redirects = Redirects(names, folder, https.getsockname()[1])
        loop = asyncio.get_running_loop()
        encrypting = partial(Handshake, self._watch, context, self._connection)
        for address, protocol in ((https, encrypting), (http, partial(self._redirecting, redirects))):
            self.servers.append(await loop.create_server(protocol, sock=address, backlog=self.config.backlog))

    def _connection(self, handshake: Watched | None = None) -> Connection:
        return Connection(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            watch=self._watch,
            handshake=handshake,
        )

    def _redirecting(self, redirects: Redirects) -> Connection:
        connection = self._connection()
        connection.app = redirects
        return connection


def names_of_settings() -> ServedNames:
    """Raises NoDomain."""
    return served_names(settings.JOEY_DOMAINS, settings.JOEY_HTTPS_ADDRESS)


def keep_certificates() -> Companion:
    """What gets and renews the certificates of the settings' names, to run beside requests."""
    names = names_of_settings()
    certificates = Certificates(Path(settings.JOEY_CERTIFICATES_DIR), names.all)
    keeper = Keeper(names, certificates, _issue)
    return Companion("certificates", start=keeper.start, stop=keeper.stop)


def _issue(name: str) -> bytes:
    # Imported here: it is needed every two months, and takes a tenth of a second to load.
    from system_app.tls.issuing import issue

    return issue(
        name,
        folder=Path(settings.JOEY_CERTIFICATES_DIR),
        directory=settings.JOEY_ACME_DIRECTORY,
        ca_bundle=settings.JOEY_ACME_CA_BUNDLE,
    )
