"""What the schedule makes and lets go of, before it does."""

from datetime import UTC, datetime, timedelta

import pytest

from system_app.backups.places import Backup
from system_app.backups.retention import Retention, beyond

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OURS = [Backup(f"@auto_pb_backup_x_{day}.zip", 1, NOON - timedelta(days=day)) for day in range(4)]
NAMED = Backup("before_upgrade.zip", 1, NOON - timedelta(days=99))


@pytest.mark.parametrize(
    ("most", "is_scheduled", "staying", "going"),
    [
        pytest.param(3, True, [0, 1], [2, 3], id="the_new_one_is_among_them"),
        pytest.param(4, True, [0, 1, 2], [3], id="one_goes"),
        pytest.param(5, True, [0, 1, 2, 3], [], id="room_for_one"),
        pytest.param(1, True, [], [0, 1, 2, 3], id="only_the_new_one"),
        pytest.param(0, True, [0, 1, 2, 3], [], id="no_limit"),
        pytest.param(1, False, [0, 1, 2, 3], [], id="no_schedule"),
    ],
)
def test_preview(most, is_scheduled, staying, going):
    found = Retention.of([NAMED, *OURS[::-1]], next_run=NOON if is_scheduled else None, most=most)
    assert found.staying == tuple(OURS[at] for at in staying)
    assert found.going == tuple(OURS[at] for at in going)
    # What the job then does, when its own is there.
    if is_scheduled:
        new = Backup("@auto_pb_backup_x_new.zip", 1, NOON + timedelta(hours=1))
        assert tuple(beyond([NAMED, *OURS, new], most)) == found.going
