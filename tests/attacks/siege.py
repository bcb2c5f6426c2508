"""Many clients send hits at once, while others ask for a view, for health and for a sign-in."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.attacks.asking import NO_ANSWER, Asker, Reply
from tests.attacks.watching import HEALTH, SIGN_IN, VIEW, Look, Watch

# Generous: it only tells what hangs from what does not. Attacks are made so strong that a server which does
# not hold them is past it by far.
PATIENCE_SECONDS = 12.0
DEADLINE_SECONDS = 60.0
_HOLD_SECONDS = 5.0


@dataclass(frozen=True)
class Hit:
    """One request of an attack. A body that is neither bytes nor None is sent as JSON."""

    method: str
    target: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Hits = Callable[[int], Hit]  # by number, so that no two are alike


@dataclass(frozen=True)
class Siege:
    """What came of an attack: its own answers, and what the others saw while it ran."""

    replies: list[Reply]
    looks: dict[str, list[Look]]
    others_had_enough: bool

    @property
    def statuses(self) -> set[int]:
        return {reply.status for reply in self.replies}

    def unanswered(self) -> dict[str, int]:
        """How often each of the others got no 200, where that happened."""
        failed = {name: sum(look.status != 200 for look in looks) for name, looks in self.looks.items()}
        return {name: count for name, count in failed.items() if count}


def besiege(url: str, hits: Hits, *, clients: int = 4, answers: int = 20, sign_ins: int = 1) -> Siege:
    """Attack until the others got so many answers since the first hit, and each client one of its own.

    A server that stops answering them ends it at a deadline: then an answer is missing in what is returned.
    """
    watch = Watch(url, (HEALTH, VIEW, SIGN_IN), patience_seconds=PATIENCE_SECONDS)
    watch.start()
    seen = {name: len(looks) for name, looks in watch.looks.items()}
    wanted = {HEALTH.name: answers, VIEW.name: answers, SIGN_IN.name: sign_ins}

    def is_enough() -> bool:
        return all(len(watch.looks[name]) - seen[name] >= count for name, count in wanted.items())

    replies = hit_until(url, hits, clients=clients, is_enough=is_enough)
    was_enough = is_enough()
    looks = watch.stop()
    return Siege(replies, {name: found[seen[name] :] for name, found in looks.items()}, was_enough)


def hit_until(
    url: str,
    hits: Hits,
    *,
    clients: int,
    is_enough: Callable[[], bool],
    patience_seconds: float = DEADLINE_SECONDS,
) -> list[Reply]:
    """Every client hits at least once, and again until it is enough or the deadline has come."""
    replies: list[Reply] = []
    deadline = time.monotonic() + DEADLINE_SECONDS

    def attack(number: int) -> None:
        asker = Asker(url, patience_seconds=patience_seconds)
        while True:
            hit = hits(number)
            replies.append(asker.ask(hit.method, hit.target, hit.body, hit.headers))
            number += clients
            if is_enough() or time.monotonic() > deadline or replies[-1].status == NO_ANSWER:
                break
        asker.close()

    run_together(attack, clients)
    while not is_enough() and time.monotonic() < deadline:
        time.sleep(0.01)
    return replies


def hold_until(
    url: str, sent: Callable[[int], bytes], *, clients: int, is_enough: Callable[[], bool]
) -> None:
    """Clients who send something and then neither send nor read; they hang up when it is enough."""
    address = urlsplit(url)
    with ExitStack() as opened:
        for number in range(clients):
            with suppress(OSError):  # refused or cut off: the server's good right
                peer = socket.create_connection((address.hostname, address.port), timeout=_HOLD_SECONDS)
                opened.enter_context(peer)
                peer.sendall(sent(number))
        while not is_enough():
            time.sleep(0.01)


def run_together(work: Callable[[int], None], clients: int) -> None:
    """`work(number)` for each client in a thread of its own, until the last has ended."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
