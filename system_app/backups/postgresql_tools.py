"""PostgreSQL's own tools, pg_dump, pg_restore and psql: where installed, and not older than the server."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

from system_app.backups.errors import BackupFailed

# Where Debian has those of every version; PATH has some of them at most.
_FOLDERS = "/usr/lib/postgresql/*/bin"
_VERSION = re.compile(r"\b(\d+)(?:\.\d+)?")
_SHOWN_CHARACTERS = 500


@cache
def tool(name: str, major: int) -> str | None:
    """The path of a tool that serves PostgreSQL of this version; None if there is none."""
    found = [shutil.which(name), *(str(folder / name) for folder in sorted(Path("/").glob(_FOLDERS[1:])))]
    for path in found:
        if path and Path(path).is_file() and _version_of(path) >= major:
            return path
    return None


def tools_are_there() -> bool:
    return all(tool(name, server_version()) for name in ("pg_dump", "pg_restore", "psql"))


def server_version() -> int:
    """The server's major version."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10000


def dump(target: Path, schema: str) -> None:
    """Write a dump of a schema of the database, as of one moment. Raises BackupFailed."""
    _run(
        *("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--schema={schema}"),
        *(f"--file={target}", f"--dbname={_address()}"),
    )


def check_dump(dumped: Path) -> None:
    """Read a dump to its end. Raises BackupFailed."""
    _run("pg_restore", "--file=/dev/null", str(dumped))


def restore(dumped: Path, schema: str, before: list[str]) -> None:
    """Run the statements, and restore a schema from a dump, all in one transaction. Raises BackupFailed."""
    script = dumped.with_suffix(".sql")
    # Not to the database itself: the statements have to be in the same transaction.
    _run(
        *("pg_restore", "--no-owner", "--no-privileges", f"--schema={schema}", f"--file={script}"),
        str(dumped),
    )
    try:
        _run(
            *("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
            *(f"--dbname={_address()}", *(f"--command={statement}" for statement in before)),
            f"--file={script}",
        )
    finally:
        script.unlink()


def _run(name: str, *arguments: str) -> None:
    path = tool(name, server_version())
    if path is None:
        raise BackupFailed(f"{name} of PostgreSQL {server_version()} or newer is not installed")
    ended = subprocess.run(  # noqa: S603 - the tool, and arguments of ours
        [path, *arguments],
        env={"PGPASSWORD": str(connection.settings_dict["PASSWORD"] or ""), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if ended.returncode:
        said = " ".join(ended.stderr.decode(errors="replace").split())
        raise BackupFailed(f"{name} failed: {said[:_SHOWN_CHARACTERS]}")


def _address() -> str:
    """The database, without its password, which others could see among a process's arguments."""
    own = connection.settings_dict
    options = {key: value for key, value in own["OPTIONS"].items() if isinstance(value, str | int)}
    parts = {
        "host": own["HOST"],
        "port": own["PORT"],
        "user": own["USER"],
        "dbname": own["NAME"],
        **options,
    }
    return make_conninfo("", **{key: value for key, value in parts.items() if value})


@cache
def _version_of(path: str) -> int:
    ended = subprocess.run(  # noqa: S603 - the tool
        [path, "--version"], capture_output=True, text=True, check=False, env={"LC_ALL": "C"}
    )
    found = _VERSION.search(ended.stdout)
    return int(found[1]) if found else 0
