"""Runs `config.asgi` under gunicorn with uvicorn's worker: many connections, graceful stops."""

from typing import Any

from gunicorn.app.base import BaseApplication
from uvicorn_worker import UvicornWorker

# Bursts of new connections wait here instead of being refused; open streams must not hold a stop for long.
BACKLOG = 4096
GRACEFUL_TIMEOUT_SECONDS = 3


class JoeyWorker(UvicornWorker):  # type: ignore[misc]
    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": "httptools",
        "ws": "none",
        "lifespan": "off",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": GRACEFUL_TIMEOUT_SECONDS,
    }


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        from config.asgi import application  # the worker loads it, so that a reload gets fresh code

        return application


def serve(host: str, port: int, *, workers: int) -> None:
    """Serve until SIGTERM or SIGINT; then open requests may finish."""
    _Server(
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "worker_class": "system_app.serving.JoeyWorker",
            "backlog": BACKLOG,
            "keepalive": 75,
            "timeout": 120,
            "graceful_timeout": GRACEFUL_TIMEOUT_SECONDS,
            "loglevel": "warning",
        }
    ).run()
