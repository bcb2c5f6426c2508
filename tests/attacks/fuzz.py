"""The fuzzer: guests send random and hostile requests, while a watchdog asks for health every 50 ms.

    python -m tests.attacks.fuzz --seconds 60 --seed 1              a server of its own, on a new directory
    python -m tests.attacks.fuzz --url http://127.0.0.1:8090 ...    one that runs, with the world of `world.py`
    python -m tests.attacks.fuzz --seed 1 --case 4711               one case again, with its request and answer

Ends with 1 when the watchdog had no answer for GAP_SECONDS, when any answer was 5xx or missing, when the
server ended, or when its memory grew by more than MEMORY_GROWTH_BYTES.
"""

import argparse
import itertools
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.attacks.asking import sign_in
from tests.attacks.fuzzing.cases import KINDS, Case, case
from tests.attacks.fuzzing.sending import Outcome, send
from tests.attacks.fuzzing.watchdog import Gap, Look, Watchdog, gaps
from tests.attacks.memory import resident_bytes
from tests.attacks.serving import EMAIL, SUPERUSER_PASSWORD, attacked
from tests.attacks.world import World

GAP_SECONDS = 0.25
MEMORY_GROWTH_BYTES = 300 * 1024 * 1024
# The contract's bound on a request's queries is 30 s; what is not answered by then is not going to be.
PATIENCE_SECONDS = 40.0
_SHOWN = 15
_ALONE_SECONDS = 0.15


@dataclass(frozen=True)
class Run:
    outcomes: list[Outcome]
    looks: list[Look]

    def failures(self) -> list[Outcome]:
        """Answers 5xx, and requests that were whole and got no answer in time."""
        return [one for one in self.outcomes if one.status >= 500 or one.status == -1]

    def longest(self) -> list[Gap]:
        return gaps(self.looks)

    def during(self, gap: Gap) -> list[Case]:
        return [one.case for one in self.outcomes if one.begin < gap.end and one.end > gap.begin]


def run(url: str, cases: Iterable[Case], *, clients: int, seconds: float) -> Run:
    """Send the cases from so many clients at once, until they or the seconds end."""
    watchdog = Watchdog(url)
    watchdog.start()
    waiting = iter(cases)
    lock = threading.Lock()
    outcomes: list[Outcome] = []
    deadline = time.monotonic() + seconds

    def attack() -> None:
        while time.monotonic() < deadline:
            with lock:
                mine = next(waiting, None)
            if mine is None:
                return
            outcome = send(url, mine, patience_seconds=PATIENCE_SECONDS)
            with lock:
                outcomes.append(outcome)

    threads = [threading.Thread(target=attack) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Run(outcomes, watchdog.stop())


def report(url: str, done: Run) -> None:
    """What was sent and what went wrong, with the requests to repeat it."""
    kinds = Counter(one.case.kind.removesuffix(" (cut)") for one in done.outcomes)
    statuses = Counter(one.status for one in done.outcomes)
    say(f"{len(done.outcomes)} cases: " + ", ".join(f"{name} {count}" for name, count in sorted(kinds.items())))
    say("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    say(f"the watchdog was answered {sum(look.status == 200 for look in done.looks)} times")
    for failure in done.failures()[:_SHOWN]:
        say(f"  {failure.status} to case {failure.case.number} ({failure.case.kind}): {failure.case.shown()}")
    for gap in done.longest()[:_SHOWN]:
        if gap.seconds < GAP_SECONDS:
            break
        say(f"  gap of {gap.seconds * 1000:.0f} ms ({gap.machine_seconds * 1000:.0f} ms of it the watchdog's own)")
        for suspect, alone in alone_again(url, done.during(gap)):
            if alone.seconds >= GAP_SECONDS / 2:
                say(f"    {alone.seconds * 1000:.0f} ms alone: case {suspect.number} ({suspect.kind}): {suspect.shown()}")


def alone_again(url: str, suspects: list[Case]) -> Iterator[tuple[Case, Gap]]:
    """Each case again with nothing beside it, and the longest gap then."""
    for suspect in suspects[:_SHOWN]:
        watchdog = Watchdog(url)
        watchdog.start()
        time.sleep(_ALONE_SECONDS)
        send(url, suspect, patience_seconds=PATIENCE_SECONDS)
        time.sleep(_ALONE_SECONDS)
        found = gaps(watchdog.stop())
        if found:
            yield suspect, found[0]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def _server(url: str | None) -> Iterator[tuple[str, int | None, Path | None]]:
    """The address that is attacked, and of a server of our own its process and its output."""
    if url:
        yield url, None, None
        return
    with tempfile.TemporaryDirectory(prefix="joey-fuzz-") as folder, attacked(Path(folder)) as server:
        World(server.url, sign_in(server.url, EMAIL, SUPERUSER_PASSWORD)).build()
        yield server.url, server.process.pid, server.output


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=6)
    parser.add_argument("--url", help="a server with the collections of world.py")
    parser.add_argument("--pid", type=int, help="its process, whose memory is watched")
    parser.add_argument("--kinds", default=",".join(KINDS), help="of " + ",".join(KINDS))
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--case", type=int, help="send only this one")
    chosen = parser.parse_args()
    kinds = tuple(chosen.kinds.split(","))
    with _server(chosen.url) as (url, pid, output):
        pid = chosen.pid or pid
        if chosen.case is not None:
            return _one(url, case(chosen.seed, chosen.case, kinds))
        before = resident_bytes(pid) if pid else 0
        numbers = itertools.count(chosen.first)
        done = run(
            url, (case(chosen.seed, number, kinds) for number in numbers), clients=chosen.clients, seconds=chosen.seconds
        )
        grown = resident_bytes(pid) - before if pid else 0
        say(f"seed {chosen.seed}, {chosen.clients} clients, {chosen.seconds:.0f} s")
        report(url, done)
        if pid:
            say(f"memory grew by {grown / 1e6:.0f} MB, from {before / 1e6:.0f}")
        longest = done.longest()
        gap = longest[0].seconds if longest else float("inf")
        say(f"longest gap {gap * 1000:.0f} ms, {len(done.failures())} failures")
        if output and b"Traceback" in output.read_bytes():
            say("--- output of the server ---\n" + output.read_text()[-20_000:])
        return int(gap >= GAP_SECONDS or bool(done.failures()) or grown > MEMORY_GROWTH_BYTES)


def _one(url: str, only: Case) -> int:
    say(only.shown(20_000))
    (_, gap), *_ = alone_again(url, [only])
    outcome = send(url, only, patience_seconds=PATIENCE_SECONDS)
    say(f"-> {outcome.status} after {outcome.seconds * 1000:.0f} ms, longest gap {gap.seconds * 1000:.0f} ms")
    say(outcome.beginning.decode("utf-8", "replace"))
    return int(outcome.status >= 500 or outcome.status == -1 or gap.seconds >= GAP_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
