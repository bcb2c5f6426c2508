"""How long a client may take, how much may wait for it, and how many there may be at once."""

import resource
from dataclasses import dataclass

from django.conf import settings

from platform_app.requests.lane_threads import LANES_WITH_THREADS, threads_of

# What a process opens besides: its databases (three files each, two of them, in every thread), sockets, logs.
_OWN_DESCRIPTORS = 48
_DESCRIPTORS_PER_THREAD = 6
# A connection may come with a file: the body that it sends, when that is large, or the file that it is sent,
# which takes another one for the socket (zero_copy.py).
_DESCRIPTORS_PER_CONNECTION = 3
_FEWEST_CONNECTIONS = 16
# Where the hard limit is "unlimited" the kernel still has one, and this is below all of them.
_DESCRIPTORS_WHEN_UNLIMITED = 65536


@dataclass(frozen=True)
class Bounds:
    """Of one server process; the seconds are those of contract/system.md 3.

    `head_seconds` is what the head of a request may take, from its first byte on, for a connection's first
    one from the beginning; `read_seconds` the whole request, and the time between two; `write_seconds` the
    answer, from the end of the head. `waiting_bytes` is what half heads and requests that wait behind others
    may hold in memory, all together.
    """

    head_seconds: float = 60
    read_seconds: float = 300
    write_seconds: float = 300
    most_connections: int = 10_000
    waiting_bytes: int = 64 * 1024 * 1024


def bounds_of_this_process() -> Bounds:
    """What the settings say, with no more connections than the process may have descriptors."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    threads = sum(threads_of(lane).size for lane in LANES_WITH_THREADS)
    return Bounds(
        head_seconds=settings.JOEY_HEAD_TIMEOUT,
        read_seconds=settings.JOEY_READ_TIMEOUT,
        write_seconds=settings.JOEY_WRITE_TIMEOUT,
        most_connections=min(
            settings.JOEY_MOST_CONNECTIONS, connections_within(descriptors, threads=threads)
        ),
    )


def connections_within(descriptors: int, *, threads: int) -> int:
    """How many connections a process can have that may open so many descriptors.

    >>> connections_within(256, threads=21), connections_within(65536, threads=21)
    (27, 21787)
    """
    own = _OWN_DESCRIPTORS + _DESCRIPTORS_PER_THREAD * threads
    return max((descriptors - own) // _DESCRIPTORS_PER_CONNECTION, _FEWEST_CONNECTIONS)


def raise_descriptor_limit() -> None:
    """Let this process, and those that it starts, open as many descriptors as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, _DESCRIPTORS_WHEN_UNLIMITED) if hard == resource.RLIM_INFINITY else hard
    if soft in {wanted, resource.RLIM_INFINITY}:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return  # macOS has a limit of its own below the hard one; then what there is has to do
