"""The fuzzer: guests send random and hostile requests, while a watchdog asks for health every 50 ms.

    python -m tests.attacks.fuzz --seconds 60 --seed 1          a server of its own, on a new directory
    python -m tests.attacks.fuzz --url http://127.0.0.1:8090    one that runs, with the world of `world.py`
    python -m tests.attacks.fuzz --seed 1 --case 4711           one case again, with its request and answer

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
from tests.attacks.process_figures import resident_bytes
from tests.attacks.serving import EMAIL, SUPERUSER_PASSWORD, attacked
from tests.attacks.watching import HEALTH, Gap, Look, Watch, gaps, longest_seconds
from tests.attacks.world import World

GAP_SECONDS = 0.25
MEMORY_GROWTH_BYTES = 300 * 1024 * 1024
# The contract's bound on a request's queries is 30 s; what is not answered by then is not going to be.
PATIENCE_SECONDS = 40.0
_SHOWN = 8
_SUSPECTS = 4
_ALONE_SECONDS = 0.15


@dataclass(frozen=True)
class Run:
    outcomes: list[Outcome]
    looks: list[Look]

    def failures(self) -> list[Outcome]:
        """Answers 5xx, and requests that were whole and got none."""
        return [one for one in self.outcomes if one.has_failed]

    def during(self, gap: Gap) -> list[Outcome]:
        """The cases that were under way in the gap; whole ones first, and of these what filled most of it."""
        return sorted(
            (one for one in self.outcomes if one.begin < gap.end and one.end > gap.begin),
            key=lambda one: (not one.case.is_whole, max(one.begin, gap.begin) - min(one.end, gap.end)),
        )

    def answered_in(self, gap: Gap) -> int:
        return sum(gap.begin < one.end < gap.end and one.status > 0 for one in self.outcomes)


def run(url: str, cases: Iterable[Case], *, clients: int, seconds: float) -> Run:
    """Send the cases from so many clients at once, until they or the seconds end."""
    watchdog = Watch(url)
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
    return Run(outcomes, watchdog.stop()[HEALTH.name])


def report(url: str, done: Run) -> None:
    """What was sent and what went wrong, with the requests to repeat it."""
    kinds = Counter(one.case.kind.removesuffix(" (cut)") for one in done.outcomes)
    statuses = Counter(one.status for one in done.outcomes)
    say(
        f"{len(done.outcomes)} cases: "
        + ", ".join(f"{name} {count}" for name, count in sorted(kinds.items()))
    )
    say("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    say(f"the watchdog was answered {sum(look.status == 200 for look in done.looks)} times")
    for failure in done.failures()[:_SHOWN]:
        say(f"  {failure.status} to case {failure.case.number} ({failure.case.kind}): {failure.case.shown()}")
    for gap in gaps(done.looks)[:_SHOWN]:
        if gap.seconds < GAP_SECONDS:
            break
        say(
            f"  gap of {gap.seconds * 1000:.0f} ms, {gap.machine_seconds * 1000:.0f} ms of it its own; "
            f"{done.answered_in(gap)} cases were answered in it"
        )
        for suspect in done.during(gap)[:_SUSPECTS]:
            alone = gap_alone(url, suspect.case)
            say(
                f"    {suspect.seconds * 1000:.0f} ms then, a gap of {alone * 1000:.0f} ms alone: "
                f"case {suspect.case.number} ({suspect.case.kind}): {suspect.case.shown()}"
            )


def gap_alone(url: str, suspect: Case) -> float:
    """The longest gap in seconds while the case is sent again with nothing beside it.

    Less than before says little where the server remembers which statements were slow.
    """
    watchdog = Watch(url)
    watchdog.start()
    time.sleep(_ALONE_SECONDS)
    send(url, suspect, patience_seconds=PATIENCE_SECONDS)
    time.sleep(_ALONE_SECONDS)
    return longest_seconds(watchdog.stop()[HEALTH.name])


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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
            url,
            (case(chosen.seed, number, kinds) for number in numbers),
            clients=chosen.clients,
            seconds=chosen.seconds,
        )
        grown = resident_bytes(pid) - before if pid else 0
        say(f"seed {chosen.seed}, {chosen.clients} clients, {chosen.seconds:.0f} s")
        report(url, done)
        if pid:
            say(f"memory grew by {grown / 1e6:.0f} MB, from {before / 1e6:.0f}")
        gap = longest_seconds(done.looks)
        say(f"longest gap {gap * 1000:.0f} ms, {len(done.failures())} failures")
        if output and b"Traceback" in output.read_bytes():
            say("--- output of the server ---\n" + output.read_text()[-20_000:])
        return int(gap >= GAP_SECONDS or bool(done.failures()) or grown > MEMORY_GROWTH_BYTES)


def _one(url: str, only: Case) -> int:
    say(only.shown(20_000))
    gap = gap_alone(url, only)
    outcome = send(url, only, patience_seconds=PATIENCE_SECONDS)
    say(f"-> {outcome.status} after {outcome.seconds * 1000:.0f} ms, longest gap {gap * 1000:.0f} ms")
    say(outcome.beginning.decode("utf-8", "replace"))
    return int(outcome.has_failed or gap >= GAP_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
