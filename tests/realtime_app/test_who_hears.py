"""Nobody hears of what the rules deny them, and everybody of what they allow: random scenarios.

HEARING_EXAMPLES=5000 .venv/bin/python -m pytest tests/realtime_app/test_who_hears.py --hypothesis-seed=1
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.realtime_app.hearing.playing import Play, world
from tests.realtime_app.hearing.scenarios import scenarios

EXAMPLES = int(os.environ.get("HEARING_EXAMPLES", "60"))  # noqa: TID251 - of the tests, not of the product


@pytest.fixture(scope="module")
def committed_world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), world():
        yield


@given(scenario=scenarios)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_everybody_hears_of_what_they_may_see_and_of_nothing_else(committed_world, scenario):
    play = Play(scenario)
    play.run()
    assert play.hearings == []
