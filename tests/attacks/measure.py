"""How long others wait for a view, for health and for a sign-in while a server is attacked.

    python -m tests.attacks.measure --url http://127.0.0.1:8090 --email me@example.com --password ...

The server must be a new one, of ours or of the reference: the collections are made on it. Each attack runs
for some seconds on all its connections; `--only` takes parts of names.
"""

import argparse
import time
from collections import Counter

from tests.attacks.asking import Asker, Reply, sign_in
from tests.attacks.catalogue import ATTACKS, HOLDS, Attack, Hold
from tests.attacks.fuzz import say
from tests.attacks.siege import hit_until, hold_until
from tests.attacks.watching import HEALTH, SIGN_IN, VIEW, Look, Watch
from tests.attacks.world import World

# What the examiner allows.
ALLOWED_SECONDS = {VIEW.name: 1.0, HEALTH.name: 1.0, SIGN_IN.name: 3.0}
_PATIENCE_SECONDS = 20.0
_CALM_SECONDS = 30.0


def measure(url: str, attack: Attack | Hold, seconds: float) -> str:
    """One line: the longest waits, and the attack's own answers."""
    watch = Watch(url, (VIEW, HEALTH, SIGN_IN), patience_seconds=_PATIENCE_SECONDS)
    watch.start()
    begin = time.monotonic()

    def is_enough() -> bool:
        return time.monotonic() - begin > seconds

    replies: list[Reply] = []
    if isinstance(attack, Hold):
        hold_until(url, attack.sent, clients=attack.clients, is_enough=is_enough)
    else:
        replies = hit_until(
            url, attack.hits, clients=attack.clients, is_enough=is_enough, patience_seconds=seconds
        )
    looks = watch.stop()
    waits = {name: _longest(looks[name], begin) for name in (VIEW.name, HEALTH.name, SIGN_IN.name)}
    holds = all(waits[name] <= allowed for name, allowed in ALLOWED_SECONDS.items())
    answers = ", ".join(
        f"{status}: {count}" for status, count in sorted(Counter(one.status for one in replies).items())
    )
    columns = " ".join(f"{waits[name]:8.2f}" for name in (VIEW.name, HEALTH.name, SIGN_IN.name))
    return f"{attack.name:44} {columns}  {'holds' if holds else 'FAILS'}  {answers}"


def _longest(looks: list[Look], begin: float) -> float:
    return max(
        (_PATIENCE_SECONDS if look.status != 200 else look.seconds)
        for look in looks
        if look.answered >= begin
    )


def wait_until_calm(url: str) -> None:
    """Until three questions in a row are answered at once: no attack pays for the one before."""
    deadline = time.monotonic() + _CALM_SECONDS
    asker = Asker(url, patience_seconds=_CALM_SECONDS)
    calm = 0
    while calm < 3 and time.monotonic() < deadline:
        body = {"identity": "nobody", "password": "x"}
        reply = asker.ask("POST", "/api/collections/members/auth-with-password", body)
        calm = calm + 1 if reply.status == 400 and reply.seconds < 0.5 else 0
        time.sleep(0.2)
    asker.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", required=True)
    parser.add_argument("--email", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--seconds", type=float, default=5, help="of each attack")
    parser.add_argument("--only", default="", help="parts of names, separated by commas")
    chosen = parser.parse_args()
    world = World(chosen.url, sign_in(chosen.url, chosen.email, chosen.password))
    world.build()
    say(f"{'longest wait in seconds of':44} {'view':>8} {'health':>8} {'sign-in':>8}")
    for attack in (*HOLDS, *ATTACKS):
        if any(part in attack.name for part in chosen.only.split(",")):
            wait_until_calm(chosen.url)
            world.prepare(attack.needs)
            say(measure(chosen.url, attack, chosen.seconds))


if __name__ == "__main__":
    main()
