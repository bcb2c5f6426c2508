"""The key of the dashboard's sessions (platform_app/database/secret_key.py)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from platform_app.database.secret_key import FILE_NAME, LaterKey, stored_secret_key

CALLERS = 16


def test_all_who_ask_first_get_the_same_key(tmp_path):
    begun = Barrier(CALLERS)

    def ask():
        begun.wait()
        return stored_secret_key(tmp_path / "pb_data")

    with ThreadPoolExecutor(CALLERS) as threads:
        keys = {asked.result() for asked in [threads.submit(ask) for _ in range(CALLERS)]}
    (key,) = keys
    assert len(key) == 64
    path = tmp_path / "pb_data" / FILE_NAME
    assert (list(path.parent.iterdir()), path.stat().st_mode & 0o777) == ([path], 0o600)


def test_a_key_that_is_there_stays(tmp_path):
    (tmp_path / FILE_NAME).write_text("abc\n")
    assert stored_secret_key(tmp_path) == "abc"


def test_to_ask_whether_there_is_one_makes_none():
    made = []
    key = LaterKey(lambda: made.append(1) or "abc")
    assert bool(key) is True and made == []
    assert (str(key), made) == ("abc", [1])
