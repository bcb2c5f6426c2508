"""Runs `settings.ASGI_APPLICATION` under gunicorn with uvicorn's worker: many connections, graceful stops."""

import errno
import logging
import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils.module_loading import import_string
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from uvicorn_worker import UvicornWorker

from platform_app.requests.lifetime import lifetime
from system_app.backups.following import follower
from system_app.backups.telling import tell_log
from system_app.connections.bounds import bounds_of_this_process, raise_descriptor_limit
from system_app.connections.connection import Connection
from system_app.connections.watch import Watch
from system_app.jobs.supervising import JobProcess
from system_app.process_hooks import address, begin, end

logger = logging.getLogger(__name__)

# Bursts of new connections wait here instead of being refused.
BACKLOG = 4096
# Open requests may end for so long, and what runs beside them then has some seconds of its own to stop
# (platform_app.requests.lifetime), before gunicorn kills the worker.
OPEN_REQUESTS_SECONDS = 3
GRACEFUL_TIMEOUT_SECONDS = 8
_LOOKS_EVERY_SECONDS = 1.0


class JoeyWorker(UvicornWorker):  # type: ignore[misc]
    CONFIG_KWARGS = {
        "loop": "uvloop",
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": OPEN_REQUESTS_SECONDS,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.watch = Watch(bounds_of_this_process())
        self.config.http = partial(Connection, watch=self.watch)

    def run(self) -> None:
        threading.Thread(target=self._end_when_alone, name="joey-parent", daemon=True).start()
        super().run()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """End in good order at SIGQUIT, too, which gunicorn passes on when it gets SIGINT.

        uvicorn's worker takes note of it and goes on, until it is killed.
        """
        os.kill(os.getpid(), signal.SIGTERM)

    def _end_when_alone(self) -> None:
        """End when the process that started this one was killed: nobody else would, and its port stays taken.

        Looked for on a thread, for the event loop may hang.
        """
        while os.getppid() == self.ppid:
            time.sleep(_LOOKS_EVERY_SECONDS)
        logger.error("the process that looks after this server is gone, so the server ends")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACEFUL_TIMEOUT_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)


class JoeyTlsWorker(JoeyWorker):
    """Speaks HTTPS at the first of its addresses, and by HTTP at the second says so."""

    async def _serve(self) -> None:
        # Imported here: without domains nothing of it is needed.
        from system_app.tls.serving import TlsServer, keep_certificates

        lifetime.register(keep_certificates())
        self.config.app = self.wsgi
        server = TlsServer(self.config, self.watch)
        self._install_sigquit_handler()
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)


class _Arbiter(Arbiter):  # type: ignore[misc]
    """Gunicorn's, which also keeps the process alive that runs jobs."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._jobs = JobProcess(self._spawn_jobs)

    def manage_workers(self) -> None:
        super().manage_workers()
        self._jobs.look_after()

    def stop(self, graceful: bool = True) -> None:
        self._jobs.tell()  # it ends while the workers do
        super().stop(graceful)
        self._jobs.end()

    def _spawn_jobs(self) -> int:
        """By a fork: nearly all of its memory is this process's, and it starts in no time."""
        parent = os.getpid()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # what waits in them would be written twice
        pid = os.fork()
        if pid == 0:
            self._become_runner(parent)
        with suppress(OSError):  # it has done so itself, or ended
            os.setpgid(pid, pid)
        return pid

    def _become_runner(self, parent: int) -> NoReturn:
        status = 1
        try:
            os.setpgid(0, 0)
            for number in (*self.SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            for listener in self.LISTENERS:
                listener.sock.close()
            for sibling in self.WORKERS.values():
                sibling.tmp.close()
            # Imported here: the first answer does not wait for django-q2.
            from system_app.crons.runs import cut_short
            from system_app.jobs.runner import Runner

            runner = Runner(parent=parent, cut_short=cut_short)
            runner.heed_signals()
            begin()
            runner.run()
            end()
            status = 0
        except DatabaseError as error:
            logger.error("the process that runs jobs cannot use their queue: %s", error)
        except Exception:
            logger.exception("the process that runs jobs cannot go on")
        finally:
            connections.close_all()
            os._exit(status)


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, options: dict[str, Any], arbiter: type[Arbiter]) -> None:
        self._options = options
        self._arbiter = arbiter
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        return import_string(settings.ASGI_APPLICATION)  # in the worker, so that a reload gets fresh code

    def run(self) -> None:
        self._arbiter(self).run()


class CannotListen(Exception):
    """The address cannot be served on; the message says why, in one line."""


@dataclass(frozen=True)
class Variables:
    """Where an address comes from: what people are to change when it cannot be had."""

    host: str = "HOST"
    port: str = "PORT"


HTTPS_VARIABLES = Variables("HTTPS_ADDRESS", "HTTPS_ADDRESS")


class Listener:
    """The address that is served on: taken when made, open to clients after `listen()`.

    So a server that cannot have it says so before it touches the data directory, and nobody has to wait while
    migrations run. Raises CannotListen.
    """

    def __init__(self, host: str, port: int, variables: Variables = Variables()) -> None:
        self._variables = variables
        self._host = host.removeprefix("[").removesuffix("]")
        self._port = port
        self._socket = self._bound()

    def _bound(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(
                self._host or None, self._port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        except (OSError, UnicodeError) as error:
            raise CannotListen(f"{self._variables.host} {self._host!r} is not known here.") from error
        # A name such as localhost has addresses of both kinds; people type the older one.
        family, kind, _, _, address = min(found, key=lambda item: item[0] != socket.AF_INET)
        listener = socket.socket(family, kind)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError as error:
            listener.close()
            raise self._refusal(error) from error
        return listener

    def listen(self) -> None:
        """From here on clients are let in; the first ones wait for a worker."""
        try:
            self._socket.listen(BACKLOG)
        except OSError as error:
            raise self._refusal(error) from error

    @property
    def url(self) -> str:
        """Where clients of this machine reach it, without a slash at the end."""
        host, port = self._host or self._socket.getsockname()[0], self.port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def port(self) -> int:
        """The port that it has, whatever was asked for."""
        return int(self._socket.getsockname()[1])

    def hand_over(self) -> int:
        """The descriptor of the socket, which is the caller's from now on."""
        return self._socket.detach()

    def close(self) -> None:
        """Give the address up, unless it was handed over."""
        self._socket.close()

    def _refusal(self, error: OSError) -> CannotListen:
        match error.errno:
            case errno.EADDRINUSE:
                why = (
                    f"port {self._port} is in use. Give another {self._variables.port}, or stop what has it."
                )
            case errno.EACCES:
                why = (
                    f"port {self._port} is for privileged users. Give a {self._variables.port} from 1024 on."
                )
            case errno.EADDRNOTAVAIL:
                why = f"{self._variables.host} is no address of this machine."
            case _:
                why = f"{error.strerror}."
        return CannotListen(f"Cannot serve on {self._host or 'every address'}: {why}")


def serve(
    listener: Listener,
    *,
    workers: int,
    runs_jobs: bool = True,
    https_listener: Listener | None = None,
    url: str = "",
) -> None:
    """Serve until SIGTERM or SIGINT, or until a backup is to be restored; open requests may finish then.

    With an `https_listener` everything is there, at `url`, and `listener` leads there.
    """
    raise_descriptor_limit()
    tell_log()  # here, and not in each of the workers
    address.url = url or listener.url
    follower.restarts = partial(os.kill, os.getpid(), signal.SIGTERM)  # this one's, when its workers ask
    listeners = [listener] if https_listener is None else [https_listener, listener]
    _Server(
        {
            "bind": [f"fd://{each.hand_over()}" for each in listeners],
            "workers": workers,
            "worker_class": JoeyWorker if https_listener is None else JoeyTlsWorker,
            "backlog": BACKLOG,
            "timeout": 120,
            "graceful_timeout": GRACEFUL_TIMEOUT_SECONDS,
            "loglevel": "warning",
            # It would be a thread in the process that is forked, and a file in the home of whoever serves.
            "control_socket_disable": True,
        },
        _Arbiter if runs_jobs else Arbiter,
    ).run()
