"""PocketBase's flags, as aliases of the variables that `env.py` reads.

The settings are read once, when Django starts. So whatever starts it takes the flags off the command line
before, and writes them into the environment: processes that are made later, or that execute themselves again,
find them there.

Reference: contract/system.md 14; pocketbase.go, cmd/serve.go and examples/base/main.go, PocketBase v0.39.11.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import env

Variables = Mapping[str, str]

# What Go's strconv.ParseBool takes.
_TRUE = {"1", "t", "T", "TRUE", "true", "True"}
_FALSE = {"0", "f", "F", "FALSE", "false", "False"}
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*):([0-9]+|https?)")
_PORTS = {"http": "80", "https": "443"}
_LAST_PORT = 65535
# The options of `serve` that take the word after them; every other word is a domain.
_OPTIONS_WITH_A_VALUE = {"--workers", "-v", "--verbosity", "--settings", "--pythonpath"}
_END_OF_FLAGS = "--"


class InvalidFlag(ValueError):
    """A flag has a value that cannot be used; the message names both, in one line."""


@dataclass(frozen=True)
class Flag:
    """`read` turns a value into variables; it raises ValueError, saying what it expects."""

    name: str
    read: Callable[[str], Variables]
    is_switch: bool = False
    only_serve: bool = False
    without_meaning: str = ""


def _text(variable: str) -> Callable[[str], Variables]:
    return lambda value: {variable: value}


def _switch(variable: str) -> Callable[[str], Variables]:
    def read(value: str) -> Variables:
        if value not in _TRUE | _FALSE:
            raise ValueError("expected true or false")
        return {variable: "1" if value in _TRUE else "0"} if variable else {}

    return read


def _whole_number(variable: str) -> Callable[[str], Variables]:
    def read(value: str) -> Variables:
        if not (value.isascii() and value.isdecimal()):
            raise ValueError("expected a whole number")
        return {variable: value} if variable else {}

    return read


def _address(value: str) -> tuple[str, str]:
    """`(host, port)` of such as `127.0.0.1:8090`, `:80` and `[::1]:http`."""
    found = _ADDRESS.fullmatch(value)
    port = _PORTS.get(found[2], found[2]) if found else ""
    if not found or int(port) > _LAST_PORT:
        raise ValueError("expected HOST:PORT")
    return found[1], port


def _http(value: str) -> Variables:
    if not value:
        return {}  # as if it were not there
    host, port = _address(value)
    return {"HOST": host, "PORT": port}


def _https(value: str) -> Variables:
    if not value:
        return {}
    host, port = _address(value)
    return {"HTTPS_ADDRESS": f"{host}:{port}"}


def _encryption_key(name: str) -> Variables:
    key = env.text(name)
    if not key:
        raise ValueError("expected the name of a variable that holds the key")
    return {"SETTINGS_ENCRYPTION_KEY": key, "SETTINGS_ENCRYPTION_KEY_FILE": ""}


FLAGS = {
    flag.name: flag
    for flag in (
        Flag("dir", _text("DATA_DIR")),
        Flag("publicDir", _text("PUBLIC_DIR")),
        Flag("hooksDir", _text("HOOKS_DIR")),
        Flag("migrationsDir", _text("MIGRATIONS_DIR")),
        Flag("encryptionEnv", _encryption_key),
        Flag("queryTimeout", _whole_number("QUERY_TIMEOUT")),
        Flag("dev", _switch("DEBUG"), is_switch=True),
        Flag("automigrate", _switch("AUTOMIGRATE"), is_switch=True),
        Flag("indexFallback", _switch("INDEX_FALLBACK"), is_switch=True),
        Flag(
            "hooksWatch",
            _switch(""),
            is_switch=True,
            without_meaning="`runserver` restarts when hooks change, `serve` does not.",
        ),
        Flag("hooksPool", _whole_number(""), without_meaning="Hooks run where the request does."),
        Flag("http", _http, only_serve=True),
        Flag("https", _https, only_serve=True),
        Flag("origins", _text("CORS_ORIGINS"), only_serve=True),
    )
}


@dataclass(frozen=True)
class CommandLine:
    """What is left of a command line, the variables that stand for the rest, and what to say about it."""

    words: list[str]
    variables: dict[str, str]
    remarks: list[str]


def take_flags(words: Sequence[str]) -> CommandLine:
    """`words` are those after the program's name; flags may stand before the command as well.

    Of `serve` the domains are taken, too. Raises InvalidFlag.
    """
    left: list[str] = []
    domains: list[str] = []
    variables: dict[str, str] = {}
    remarks: list[str] = []
    is_serve = _command(words) == "serve"
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, has_value, value = word.removeprefix("--").partition("=")
        flag = FLAGS.get(name) if word.startswith("--") else None
        if word == _END_OF_FLAGS:
            left += [word, *rest]
            break
        if flag is not None and (is_serve or not flag.only_serve):
            if flag.is_switch and not has_value:
                value = "true"
            elif not has_value:
                if not rest:
                    raise InvalidFlag(f"argument --{name}: expected one argument")
                value = rest.pop(0)
            _add(variables, _read(flag, value))
            if flag.without_meaning:
                remarks.append(f"--{name} has no meaning here. {flag.without_meaning}")
        elif is_serve and left and word in _OPTIONS_WITH_A_VALUE and rest:
            left += [word, rest.pop(0)]
        elif is_serve and left and not word.startswith("-"):
            domains.append(word)
        else:
            left.append(word)
    if domains:
        variables["DOMAINS"] = ",".join(domains)
    return CommandLine(left, variables, remarks)


def _command(words: Sequence[str]) -> str:
    """The first word that is neither a flag nor its value."""
    rest = iter(words)
    for word in rest:
        name, has_value, _ = word.removeprefix("--").partition("=")
        flag = FLAGS.get(name) if word.startswith("--") else None
        if flag is None:
            return word
        if not flag.is_switch and not has_value:
            next(rest, None)
    return ""


def _read(flag: Flag, value: str) -> Variables:
    try:
        return flag.read(value)
    except ValueError as error:
        raise InvalidFlag(f"argument --{flag.name}: {error}, got {value!r}") from error


def _add(variables: dict[str, str], more: Variables) -> None:
    """The last of a flag counts; origins add up, as in PocketBase."""
    origins = [text["CORS_ORIGINS"] for text in (variables, more) if "CORS_ORIGINS" in text]
    variables.update(more)
    if origins:
        variables["CORS_ORIGINS"] = ",".join(origins)


def put_flags_into_environment(arguments: Sequence[str]) -> list[str]:
    """What is left, for Django, of a command line that begins with the program's name.

    Ends the process when a value cannot be used, with status 2 as argparse does.
    """
    program, *words = arguments
    try:
        line = take_flags(words)
    except InvalidFlag as error:
        sys.stderr.write(f"{Path(program).name}: error: {error}\n")
        sys.exit(2)
    for remark in line.remarks:
        sys.stderr.write(f"{remark}\n")
    env.put(line.variables)
    return [program, *line.words]
