"""A short, repeatable run of the fuzzer; `make fuzz` is the long one."""

from tests.attacks.conftest import Arena
from tests.attacks.fuzz import run
from tests.attacks.fuzzing.cases import KINDS, case

SEED = 10
CASES = 400
LIMIT_SECONDS = 120.0  # only for what hangs
WATCHED = 20


def test_random_requests_get_answers_and_none_is_our_mistake(arena: Arena) -> None:
    cases = [case(SEED, number, tuple(KINDS)) for number in range(CASES)]
    done = run(arena.url, cases, clients=4, seconds=LIMIT_SECONDS)
    assert [(one.status, one.case.number, one.case.shown()) for one in done.failures()] == []
    assert len(done.outcomes) == CASES
    assert {look.status for look in done.looks} == {200}
    assert len(done.looks) >= WATCHED


def test_a_case_is_made_of_its_seed_and_number_alone() -> None:
    assert case(SEED, 7, tuple(KINDS)) == case(SEED, 7, tuple(KINDS))
    assert case(SEED, 7, tuple(KINDS)) != case(SEED + 1, 7, tuple(KINDS))
