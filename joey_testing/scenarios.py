"""Requests as a table: what is sent, what is answered, which hooks fire.

Reference: tests.ApiScenario, PocketBase v0.39.11.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collections_app.records.record import Record
from joey_testing.api import Answer, Api, Upload
from joey_testing.event_counts import EventCounts

_SHOWN_CHARACTERS = 2000
ALL_OTHERS = "*"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One request and what is expected of it.

    `auth` makes the record that sends it, when the test runs; None is a guest. `content` must be in the
    answer, `no_content` must not. `events` says how often hooks fire, by their names; with `{"*": 0}` no
    others may. `before` runs first, `after` gets the answer; both may write and look with the ORM.
    """

    name: str
    method: str = "GET"
    path: str
    body: Any = None
    files: Mapping[str, Upload | Sequence[Upload]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: Callable[[], Record] | None = None
    status: int = 200
    content: Sequence[str] = ()
    no_content: Sequence[str] = ()
    events: Mapping[str, int] = field(default_factory=dict)
    before: Callable[[], object] | None = None
    after: Callable[[Answer], object] | None = None

    def __str__(self) -> str:
        return self.name


def run(scenario: Scenario, counts: EventCounts) -> Answer:
    """Raises AssertionError, which names everything that is not as expected."""
    if scenario.before is not None:
        scenario.before()
    api = Api() if scenario.auth is None else Api().as_(scenario.auth())
    counts.clear()
    answer = api.send(
        scenario.method, scenario.path, scenario.body, files=scenario.files, headers=scenario.headers
    )
    wrong = [*_wrong_answer(scenario, answer), *_wrong_events(scenario, counts)]
    if wrong:
        shown = answer.content[:_SHOWN_CHARACTERS].decode(errors="replace")
        raise AssertionError("\n".join([f"{scenario}:", *wrong, f"the answer was {answer.status} {shown}"]))
    if scenario.after is not None:
        scenario.after(answer)
    return answer


def _wrong_answer(scenario: Scenario, answer: Answer) -> list[str]:
    text = answer.content.decode(errors="replace")
    wrong = [f"expected {part!r} in the answer" for part in scenario.content if part not in text]
    wrong += [f"did not expect {part!r} in the answer" for part in scenario.no_content if part in text]
    if answer.status != scenario.status:
        wrong.insert(0, f"expected status {scenario.status}")
    return wrong


def _wrong_events(scenario: Scenario, counts: EventCounts) -> list[str]:
    expected = {name: count for name, count in scenario.events.items() if name != ALL_OTHERS}
    wrong = [
        f"expected {name} {count} times, it fired {counts[name]} times"
        for name, count in expected.items()
        if counts[name] != count
    ]
    if scenario.events.get(ALL_OTHERS) == 0:
        others = [name for name in counts.as_dict() if name not in expected]
        wrong += [f"did not expect {name} to fire" for name in others]
    return wrong
