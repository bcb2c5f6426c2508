"""Starting and stopping what runs beside requests."""

import asyncio
import threading

import pytest

from platform_app.requests.lifetime import Companion, Lifetime


@pytest.fixture
def log():
    return []


def companion(name, log, **options):
    async def start():
        log.append(f"{name} started on the loop")

    return Companion(name, **{"start": start, "stop": lambda: log.append(f"{name} stopped"), **options})


def of(*companions):
    lifetime = Lifetime()
    for one in companions:
        lifetime.register(one)
    return lifetime


def failing():
    raise OSError("no port")


def lifespan(lifetime):
    """What a server hears that starts and stops it."""
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    heard = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        heard.append(message)

    asyncio.run(lifetime.follow(receive, send))
    return heard


STARTED, STOPPED = {"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}


def test_stops_come_in_reverse(log):
    assert lifespan(of(companion("a", log), companion("b", log))) == [STARTED, STOPPED]
    assert log == ["a started on the loop", "b started on the loop", "b stopped", "a stopped"]


def test_what_stands_on_the_others_starts_last(log):
    lifetime = Lifetime()
    lifetime.register_above(companion("top", log))
    lifetime.register(companion("a", log))
    lifetime.register_above(companion("spire", log))
    lifespan(lifetime)
    order = ["a", "top", "spire"]
    assert log == [*(f"{name} started on the loop" for name in order), *(f"{n} stopped" for n in order[::-1])]


def test_what_stands_on_the_others_registers_once():
    lifetime, top = Lifetime(), Companion("top")
    lifetime.register_above(top)
    lifetime.register_above(top)
    with pytest.raises(ValueError, match="two companions are called 'top'"):
        lifetime.register_above(Companion("top", stop_seconds=1))
    with pytest.raises(ValueError, match="two companions are called 'top'"):
        lifetime.register(Companion("top"))


def test_what_the_others_stand_on_starts_first(log):
    lifetime = of(companion("a", log))
    lifetime.register_below(companion("ground", log))
    lifespan(lifetime)
    assert log == ["ground started on the loop", "a started on the loop", "a stopped", "ground stopped"]


def test_plain_functions_run_on_a_thread_of_their_own(log):
    lifespan(of(companion("a", log, start=lambda: log.append(threading.current_thread()))))
    assert log[0] is not threading.current_thread()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"start": failing}, "b did not start: no port", id="error"),
        pytest.param(
            {"start": asyncio.Event().wait, "start_seconds": 0.01},
            "b did not start: it took too long",
            id="hangs",
        ),
        pytest.param(
            {"start": threading.Event().wait, "start_seconds": 0.01},
            "b did not start: it took too long",
            id="thread_hangs",
        ),
    ],
)
def test_what_does_not_start_is_said_and_the_others_are_stopped(log, options, said):
    lifetime = of(companion("a", log), companion("b", log, **options), companion("c", log))
    assert lifespan(lifetime) == [{"type": "lifespan.startup.failed", "message": said}]
    assert log == ["a started on the loop", "a stopped"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"stop": failing}, id="error"),
        pytest.param({"stop": threading.Event().wait, "stop_seconds": 0.01}, id="hangs"),
    ],
)
def test_what_does_not_stop_is_logged_and_the_others_are_stopped(log, options, caplog):
    lifetime = of(companion("a", log), companion("b", log, **options))
    assert lifespan(lifetime) == [STARTED, STOPPED]
    assert log == ["a started on the loop", "b started on the loop", "a stopped"]
    assert caplog.messages == ["b did not stop"]


def test_a_name_is_given_once(log):
    with pytest.raises(ValueError, match="two companions are called 'a'"):
        of(companion("a", log), companion("a", log))


def test_the_same_one_may_come_twice(log):
    one = companion("a", log)
    lifetime = of(one, one)
    assert lifespan(lifetime) == [STARTED, STOPPED]
    lifetime.register(one)
    assert log == ["a started on the loop", "a stopped"]


def test_nobody_registers_with_a_process_that_serves(log):
    lifetime = of()
    lifespan(lifetime)
    with pytest.raises(RuntimeError, match="a registers too late"):
        lifetime.register(companion("a", log))


class TestServersThatSayNothing:
    @pytest.fixture(autouse=True)
    def _no_exit(self, monkeypatch):
        monkeypatch.setattr("platform_app.requests.lifetime.atexit.register", lambda *args: None)

    def test_the_first_requests_start_it_once(self, log):
        lifetime = of(companion("a", log))

        async def run():
            await asyncio.gather(*(lifetime.ensure_started() for _ in range(3)))
            await lifetime.ensure_started()

        asyncio.run(run())
        assert (log, lifetime.state) == (["a started on the loop"], "started")

    def test_every_request_hears_that_it_did_not_start(self, log):
        lifetime = of(companion("a", log, start=failing))

        async def run():
            return await asyncio.gather(
                *(lifetime.ensure_started() for _ in range(2)), return_exceptions=True
            )

        assert [str(error) for error in asyncio.run(run())] == ["a did not start: no port"] * 2

    def test_one_that_was_stopped_stays_so(self, log):
        lifetime = of(companion("a", log))
        lifespan(lifetime)
        log.clear()
        asyncio.run(lifetime.ensure_started())
        assert log == []

    @pytest.mark.parametrize("is_closed", [False, True], ids=["idle_loop", "closed_loop"])
    def test_the_end_of_the_process_stops_it(self, log, is_closed):
        lifetime, loop = of(companion("a", log)), asyncio.new_event_loop()
        loop.run_until_complete(lifetime.ensure_started())
        if is_closed:
            loop.close()
        for _ in range(2):
            lifetime.stop_at_exit(loop)
        loop.close()
        assert log == ["a started on the loop", "a stopped"]

    def test_the_end_of_the_process_stops_it_while_its_loop_runs(self, log):
        lifetime, loop = of(companion("a", log)), asyncio.new_event_loop()
        loop.run_until_complete(lifetime.ensure_started())
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            lifetime.stop_at_exit(loop)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
        assert log == ["a started on the loop", "a stopped"]
