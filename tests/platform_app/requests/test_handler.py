"""Requests in their lanes: what holds an answer back holds no thread, and what is too much is refused."""

import asyncio
import gc
import json
import threading
import weakref
from concurrent.futures import Future
from io import BytesIO
from tempfile import TemporaryFile

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.urls import path

from platform_app.database.lanes import (
    NeedsPool,
    OutOfTime,
    TooLong,
    check_time,
    mark_unrepeatable,
    wait_without_thread,
)
from platform_app.requests import handler, held_answers
from platform_app.requests.answers import error_response
from platform_app.requests.handler import Application
from platform_app.requests.held_answers import DeadlinePassed, before_answer, beside_answer, hold_answer
from platform_app.requests.lane_threads import LANES_WITH_THREADS, LaneFull, LaneThreads
from platform_app.requests.lanes import MOST_INLINE_BODY_BYTES, LaneRoute, LaneTable
from platform_app.requests.lifetime import Lifetime
from platform_app.requests.receiving import BodyLimits
from platform_app.wire.errors import BadRequest

TABLE = [
    LaneRoute(("GET",), "/growing/{name}", "inline"),
    LaneRoute(("GET", "POST"), "/moving", "queries"),
    LaneRoute(("GET", "POST"), "/lasting", "queries"),
    LaneRoute(("GET", "POST"), "/needing", "queries"),
    LaneRoute(("GET", "POST"), "/where/waiting", "waiting"),
    LaneRoute(("GET", "POST"), "/where/queries", "queries"),
    LaneRoute(("GET",), "/seen/{name}", "pool", is_hot=True),
]


class World:
    """What the views below do, and what they did."""

    def __init__(self):
        self.release = threading.Event()
        self.begun = threading.Event()
        self.seen = []
        self.work = self.then = lambda *args: None
        self.deadline_seconds = 60.0
        self.job, self.jobs_begun, self.seconds = Future(), 0, 60.0

    def begin(self):
        self.jobs_begun += 1
        self.begun.set()
        return self.job


world = World()


def blocking(request):
    world.begun.set()
    world.release.wait()
    return HttpResponse("done")


def seen(request, name):
    world.seen.append(name)
    return HttpResponse(name)


def delayed(request):
    hold_answer(float(request.GET["seconds"]))
    world.seen.append("delayed")
    return HttpResponse("late")


def mailing(request):
    before_answer(world.work, world.then, deadline_seconds=world.deadline_seconds)
    world.seen.append("view")
    return HttpResponse("mailed")


def beside(request):
    beside_answer(world.work, world.then)
    world.seen.append("view")
    return HttpResponse("answered")


def refusing(request):
    try:
        raise BadRequest("No.")
    except BadRequest as error:
        answer = error_response(error)
        return answer


def moving(request):
    world.seen.append((lane_of_this_thread(), request.body))
    check_time()
    return HttpResponse(lane_of_this_thread())


def needing(request):
    """Needs what another thread makes."""
    world.seen.append(lane_of_this_thread())
    world.work()
    try:
        wait_without_thread(world.begin, world.seconds)
    except (ValueError, TimeoutError) as error:
        return HttpResponse(f"failed: {str(error) or 'too late'}")
    return HttpResponse("made")


def lasting(request):
    """Goes on until it is told to stop, or until the test says so."""
    world.begun.set()
    try:
        while not world.release.is_set():
            check_time()
    except OutOfTime as error:
        world.seen.append("ended")
        return error_response(error)
    return HttpResponse("done")


def growing(request, name):
    world.seen.append((lane_of_this_thread(), name))
    world.work(name)
    return HttpResponse(lane_of_this_thread())


def noting_errors(get_response):
    def middleware(request):
        response = get_response(request)
        world.seen.append((str(response.error), weakref.ref(request)))
        return response

    return middleware


def where(request, lane):
    return HttpResponse(lane_of_this_thread())


urlpatterns = [
    path("growing/<str:name>", growing),
    path("moving", moving),
    path("lasting", lasting),
    path("needing", needing),
    path("blocking", blocking),
    path("seen/<str:name>", seen),
    path("delayed", delayed),
    path("mailing", mailing),
    path("beside", beside),
    path("refusing", refusing),
    path("where/<str:lane>", where),
    path("other/<int:number>", seen),
]


def lane_of_this_thread():
    thread = threading.current_thread()
    return "inline" if thread is threading.main_thread() else thread.name.split("-")[1]


@pytest.fixture(autouse=True)
def _fresh_world():
    world.__init__()
    yield
    world.release.set()


@pytest.fixture
def lanes(monkeypatch):
    """One thread for each lane; one more piece of work may wait for it."""
    lanes = {name: LaneThreads(name, 1, 1) for name in LANES_WITH_THREADS}
    monkeypatch.setattr(handler, "threads_of", lanes.__getitem__)
    yield lanes
    world.release.set()
    for threads in lanes.values():
        threads.stop(10)


@pytest.fixture
def configured(settings, monkeypatch):
    settings.ROOT_URLCONF, settings.MIDDLEWARE, settings.JOEY_INLINE_LANE = __name__, [], False
    monkeypatch.setattr(handler, "lifetime", Lifetime())
    handler.lifetime.state = "started"


@pytest.fixture
def application(lanes, configured):
    limits = BodyLimits(1000, find=lambda scope: 1000)
    return Application(limits, LaneTable(("tests.lanes", route) for route in TABLE))


class Asked:
    """One request to the application: a client that waits, unless it goes."""

    def __init__(self, application, target, method="GET", body=b""):
        self._method, self._body = method, body
        self._path, _, query = target.partition("?")
        self._query = query.encode()
        self._application = application
        self._has_asked = False
        self.goes = asyncio.Event()
        self.task = asyncio.ensure_future(self._answer())

    async def _receive(self):
        if self._has_asked:
            await self.goes.wait()
            return {"type": "http.disconnect"}
        self._has_asked = True
        return {"type": "http.request", "body": self._body}

    async def _answer(self):
        sent = []

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": self._method, "path": self._path}
        scope |= {"raw_path": self._path.encode(), "query_string": self._query}
        length = str(len(self._body)).encode()
        scope["headers"] = [(b"host", b"localhost"), (b"content-length", length)]
        await self._application(scope, self._receive, send)
        if not sent:
            return None
        return sent[0]["status"], dict(sent[0]["headers"]), b"".join(part["body"] for part in sent[1:])


async def on_disk(scope, receive, *limits):
    """What `read_body` gives for a large body."""
    body = TemporaryFile()  # noqa: SIM115 - the application closes it
    body.write((await receive())["body"])
    return body, False


async def until(condition):
    """Let others go on until it holds; a test that hangs here fails by hanging."""
    while not condition():
        await asyncio.sleep(0)


@pytest.mark.parametrize("lane", ["pool", "queries", "waiting"])
def test_a_request_runs_in_the_lane_of_its_route(application, lane):
    async def run():
        return await Asked(application, f"/where/{lane}").task

    assert asyncio.run(run())[2] == lane.encode()


def test_what_is_too_much_for_a_lane_is_refused_at_once(application):
    told = []
    application.refused = lambda scope, answer, seconds: told.append((scope["path"], answer.status_code))

    async def run():
        first = Asked(application, "/blocking")
        await until(world.begun.is_set)
        second = Asked(application, "/seen/second")
        await until(lambda: handler.threads_of("pool").has_queue)
        refused = await Asked(application, "/seen/third").task
        world.release.set()
        return refused, (await first.task)[2], (await second.task)[2]

    (status, headers, body), *others = asyncio.run(run())
    assert (status, json.loads(body), headers[b"Retry-After"]) == (
        503,
        {"data": {}, "message": "The server is busy, try again.", "status": 503},
        b"1",
    )
    assert (others, world.seen) == ([b"done", b"second"], ["second"])
    assert told == [("/seen/third", 503)]


def test_a_request_whose_client_is_gone_before_its_turn_is_dropped(application, monkeypatch):
    monkeypatch.setattr(handler, "_PATIENCE_SECONDS", 0)

    async def run():
        first = Asked(application, "/blocking")
        await until(world.begun.is_set)
        second = Asked(application, "/seen/second")
        await until(lambda: handler.threads_of("pool").has_queue)
        second.goes.set()
        gone = await second.task
        world.release.set()
        return gone, (await first.task)[2]

    assert (asyncio.run(run()), world.seen) == ((None, b"done"), [])


def test_a_request_that_has_begun_is_done_to_its_end(application, monkeypatch):
    monkeypatch.setattr(handler, "_PATIENCE_SECONDS", 0)

    async def run():
        first = Asked(application, "/blocking")
        await until(world.begun.is_set)
        first.goes.set()
        world.release.set()
        return await first.task

    assert asyncio.run(run())[2] == b"done"


@pytest.mark.parametrize("target", ["/where/pool", "/where/queries", "/where/waiting"])
def test_large_bodies_have_threads_of_their_own(application, target):
    body = b"x" * (MOST_INLINE_BODY_BYTES + 1)
    application.limits = BodyLimits(len(body), find=lambda scope: len(body))

    async def run():
        return (await Asked(application, target, "POST", body).task)[2]

    assert asyncio.run(run()) == (b"waiting" if target == "/where/waiting" else b"bulk")


class TestWaitingWithoutThread:
    """A request that needs a job of somebody else's; there is one thread for it and the others."""

    def needing(self, application, end, method="GET"):
        async def run():
            needing = [Asked(application, "/needing", method) for _ in range(2)]
            await until(lambda: world.jobs_begun == 2)
            assert (await Asked(application, "/where/queries").task)[2] == b"queries"
            end()
            return [(await one.task)[2].decode() for one in needing]

        return asyncio.run(run())

    @pytest.mark.parametrize(
        ("end", "told"),
        [
            pytest.param(lambda: world.job.set_result(None), "made", id="done"),
            pytest.param(lambda: world.job.set_exception(ValueError("no")), "failed: no", id="failed"),
        ],
    )
    def test_it_begins_again_when_the_job_has_ended(self, application, end, told):
        assert self.needing(application, end) == [told, told]
        assert (world.seen, world.jobs_begun) == (["queries"] * 4, 2)

    def test_a_job_that_takes_too_long_is_not_waited_for(self, application):
        world.seconds = 0

        async def run():
            return (await Asked(application, "/needing").task)[2]

        assert (asyncio.run(run()), world.jobs_begun) == (b"failed: too late", 1)

    def test_nothing_is_begun_again_once_the_client_is_gone(self, application):
        async def run():
            asked = Asked(application, "/needing")
            await until(world.begun.is_set)
            asked.goes.set()
            return await asked.task

        assert (asyncio.run(run()), world.seen) == (None, ["queries"])

    @pytest.mark.parametrize(("method", "work"), [("POST", lambda: None), ("GET", mark_unrepeatable)])
    def test_what_must_not_happen_twice_waits_on_its_thread(self, application, method, work):
        world.job.set_result(None)
        world.work = work

        async def run():
            return (await Asked(application, "/needing", method).task)[2]

        assert (asyncio.run(run()), world.seen) == (b"made", ["queries"])

    def test_without_lanes_the_caller_waits(self):
        world.job.set_result(None)
        assert (wait_without_thread(world.begin, 1), world.jobs_begun) == (None, 1)


class TestTimeOnThreads:
    def test_a_read_that_is_not_done_in_its_slice_begins_again_where_it_holds_up_nobody(
        self, application, monkeypatch
    ):
        monkeypatch.setattr(handler, "SLICE_SECONDS", -1)

        async def run():
            return await Asked(application, "/moving", body=b"{}").task

        assert asyncio.run(run())[2] == b"long"
        assert world.seen == [("queries", b"{}"), ("long", b"{}")]

    def test_a_large_body_is_read_again_from_its_beginning(self, application, monkeypatch):
        monkeypatch.setattr(handler, "SLICE_SECONDS", -1)
        monkeypatch.setattr(handler, "read_body", on_disk)
        body = b"x" * (MOST_INLINE_BODY_BYTES + 1)
        application.limits = BodyLimits(len(body), find=lambda scope: len(body))

        async def run():
            return await Asked(application, "/moving", body=body).task

        assert asyncio.run(run())[2] == b"long"
        assert world.seen == [("bulk", body), ("long", body)]

    def test_a_write_does_not_begin_again(self, application, monkeypatch):
        monkeypatch.setattr(handler, "SLICE_SECONDS", -1)

        async def run():
            return await Asked(application, "/moving", "POST", b"{}").task

        assert (asyncio.run(run())[2], world.seen) == (b"queries", [("queries", b"{}")])

    def test_others_are_answered_while_long_reads_go_on(self, application, monkeypatch):
        monkeypatch.setattr(handler, "SLICE_SECONDS", 0.01)

        async def run():
            lasting = [Asked(application, "/lasting") for _ in range(2)]
            await until(lambda: handler.threads_of("long").has_queue)
            answered = [(await Asked(application, "/where/queries").task)[2] for _ in range(10)]
            world.release.set()
            return answered, [(await asked.task)[2] for asked in lasting]

        assert asyncio.run(run()) == ([b"queries"] * 10, [b"done"] * 2)

    def test_a_read_ends_when_its_time_is_over(self, application, settings):
        application.query_seconds = 0.05

        async def run():
            return await Asked(application, "/lasting").task

        status, _, body = asyncio.run(run())
        assert (status, json.loads(body)["message"]) == (
            400,
            "Something went wrong while processing your request.",
        )
        assert world.seen == ["ended"]

    @pytest.mark.parametrize(
        ("method", "seen"),
        [
            pytest.param("GET", ["ended"], id="read"),
            pytest.param("POST", [], id="write"),  # it may be about to commit
        ],
    )
    def test_a_read_ends_with_its_client(self, application, monkeypatch, method, seen):
        monkeypatch.setattr(handler, "_PATIENCE_SECONDS", 0)

        async def run():
            asked = Asked(application, "/lasting", method)
            await until(world.begun.is_set)
            asked.goes.set()
            if method == "GET":
                await asked.task
            for _ in range(10):
                await asyncio.sleep(0)
            ended = list(world.seen)
            world.release.set()
            await asked.task
            return ended

        assert asyncio.run(run()) == seen


class TestInlineLane:
    @pytest.fixture(autouse=True)
    def _inline(self, application, monkeypatch):
        application.inline_lane = True

    @pytest.mark.parametrize(
        ("error", "target", "lane"),
        [
            pytest.param(None, "/growing/x", b"inline", id="short"),
            pytest.param(NeedsPool, "/growing/x", b"pool", id="needs_the_pool"),
            pytest.param(NeedsPool, "/growing/x?a=b", b"queries", id="asks_something"),
            pytest.param(TooLong, "/growing/x", b"queries", id="takes_long"),
        ],
    )
    def test_what_is_not_short_goes_on_a_thread(self, application, error, target, lane):
        def work(name):
            if error is not None and lane_of_this_thread() == "inline":
                raise error

        world.work = work

        async def run():
            return await Asked(application, target).task

        assert asyncio.run(run())[2] == lane

    def test_after_too_much_was_tried_in_vain_nothing_is_tried_for_a_while(self, application, monkeypatch):
        monkeypatch.setattr(handler, "wasted_seconds", lambda: 0.03)

        def work(name):
            if lane_of_this_thread() == "inline":
                raise TooLong

        world.work = work

        async def run():
            for number in range(4):
                await Asked(application, f"/growing/{number}").task

        asyncio.run(run())
        tried = [("inline", "0"), ("queries", "0"), ("inline", "1"), ("queries", "1")]
        assert world.seen == [*tried, ("queries", "2"), ("queries", "3")]


def test_delayed_answers_hold_no_thread(application):
    async def run():
        delayed = []
        for number in (1, 2):
            delayed.append(Asked(application, "/delayed?seconds=3600"))
            await until(lambda: world.seen == ["delayed"] * number)  # noqa: B023 - awaited at once
        answered = [(await Asked(application, "/seen/x").task)[2] for _ in range(10)]
        are_waiting = [not asked.task.done() for asked in delayed]
        for asked in delayed:
            asked.task.cancel()
        return answered, are_waiting

    assert asyncio.run(run()) == ([b"x"] * 10, [True, True])


def test_a_delayed_answer_comes(application):
    async def run():
        return await Asked(application, "/delayed?seconds=0.001").task

    assert asyncio.run(run())[2] == b"late"


class TestWorkBeforeAnAnswer:
    def mailed(self, application):
        async def run():
            return await Asked(application, "/mailing").task

        return asyncio.run(run())

    def test_it_is_done_after_the_view_in_lanes_of_its_own(self, application):
        world.work = lambda: world.seen.append(f"work in {lane_of_this_thread()}")
        world.then = lambda error: world.seen.append(f"{error} in {lane_of_this_thread()}")
        assert self.mailed(application)[2] == b"mailed"
        assert world.seen == ["view", "work in errands", "None in pool"]

    def test_its_error_is_told(self, application):
        def fail():
            raise TimeoutError("no mail today")

        world.work, world.then = fail, lambda error: world.seen.append(repr(error))
        assert self.mailed(application)[0] == 200
        assert world.seen == ["view", "TimeoutError('no mail today')"]

    def test_its_deadline_is_told(self, application):
        world.work, world.deadline_seconds = world.release.wait, 0.01
        world.then = lambda error: world.seen.append(type(error))
        assert self.mailed(application)[0] == 200
        assert world.seen == ["view", DeadlinePassed]

    def test_what_fails_then_is_logged(self, application, caplog):
        def fail(error):
            raise OSError("disk full")

        world.then = fail
        assert self.mailed(application)[0] == 200
        assert caplog.messages == ["work around an answer failed"]

    def test_it_may_ask_for_more(self, application):
        def more(error):
            before_answer(lambda: world.seen.append("more"), lambda error: None, deadline_seconds=60)

        world.then = more
        assert self.mailed(application)[0] == 200
        assert world.seen == ["view", "more"]

    def test_a_full_lane_is_told_and_holds_nobody_up(self, application, lanes):
        lanes["errands"].submit(lambda: world.begun.set() or world.release.wait())
        world.begun.wait()
        lanes["errands"].submit(int)
        world.then = lambda error: world.seen.append(type(error))
        assert self.mailed(application)[0] == 200
        assert world.seen == ["view", LaneFull]

    def test_its_outcome_is_dealt_with_when_the_answer_is_not_wanted_any_more(self, application):
        world.work = lambda: world.begun.set() or world.release.wait()
        world.then = lambda error: world.seen.append(error)

        async def run():
            asked = Asked(application, "/mailing")
            await until(world.begun.is_set)
            asked.task.cancel()
            await until(asked.task.done)
            world.release.set()
            await until(lambda: len(world.seen) == 2)

        asyncio.run(run())
        assert world.seen == ["view", None]

    def test_more_of_it_than_the_lane_takes_holds_up_no_other_request(self, application):
        world.work = lambda: world.begun.set() or world.release.wait()

        async def run():
            mailing = [Asked(application, "/mailing")]
            await until(world.begun.is_set)
            mailing += [Asked(application, "/mailing")]
            await until(lambda: world.seen == ["view", "view"])
            answered = [(await Asked(application, "/seen/x").task)[2] for _ in range(10)]
            are_waiting = [not asked.task.done() for asked in mailing]
            world.release.set()
            return answered, are_waiting, [(await asked.task)[2] for asked in mailing]

        assert asyncio.run(run()) == ([b"x"] * 10, [True, True], [b"mailed"] * 2)


class TestWorkBesideAnAnswer:
    def test_the_answer_does_not_wait_for_it(self, application, lanes, monkeypatch):
        monkeypatch.setattr(held_answers, "threads_of", lanes.__getitem__)
        world.work = lambda: world.release.wait() and world.seen.append(f"work in {lane_of_this_thread()}")
        world.then = lambda error: world.seen.append(f"{error} in {lane_of_this_thread()}")

        async def run():
            answer = await Asked(application, "/beside").task
            seen = list(world.seen)
            world.release.set()
            await until(lambda: len(world.seen) == 3)
            return answer[2], seen

        assert asyncio.run(run()) == (b"answered", ["view"])
        assert world.seen == ["view", "work in errands", "None in errands"]


class TestHotRoutes:
    def test_their_views_are_the_urlconfs(self, application):
        async def run():
            return await Asked(application, "/seen/abc").task

        assert (asyncio.run(run())[2], world.seen) == (b"abc", ["abc"])

    @pytest.mark.parametrize("shape", ["/other/{number}", "/seen/{other}", "/nowhere/{name}"])
    def test_one_that_the_urlconf_sees_otherwise_stops_the_start(self, configured, shape):
        table = LaneTable([("tests.lanes", LaneRoute(("GET",), shape, "pool", is_hot=True))])
        with pytest.raises(ImproperlyConfigured, match=shape.replace("{", r"\{")):
            Application(BodyLimits(1, find=lambda scope: 1), table)


def test_an_error_is_there_for_the_middleware_and_keeps_no_request_alive(lanes, configured, settings):
    settings.MIDDLEWARE = [f"{__name__}.noting_errors"]
    application = Application(BodyLimits(1000, find=lambda scope: 1000), LaneTable([]))
    gc.disable()
    try:
        answer = application.handler.respond(
            {"type": "http", "method": "GET", "path": "/refusing", "headers": []}, BytesIO(), False
        )
        status = answer.status_code
        del answer
        ((error, request),) = world.seen
        assert (status, error, request()) == (400, "No.", None)
    finally:
        gc.enable()


class TestTelling:
    """Whoever is told of answers hears of each request once, with the answer that is sent."""

    @pytest.fixture
    def told(self, application):
        told = []
        application.answered = lambda response, seconds: told.append((response.content, seconds > 0))
        return told

    @pytest.mark.parametrize(
        ("target", "content"),
        [
            pytest.param("/where/pool", b"pool", id="in the pool"),
            pytest.param("/moving", b"long", id="begun again where it holds up nobody"),
            pytest.param("/refusing", b'{"data":{},"message":"No.","status":400}\n', id="an error"),
            pytest.param("/delayed?seconds=0", b"late", id="held back"),
            pytest.param("/mailing", b"mailed", id="after an errand"),
        ],
    )
    def test_once_for_each(self, application, told, monkeypatch, target, content):
        monkeypatch.setattr(handler, "SLICE_SECONDS", -1)

        async def run():
            return (await Asked(application, target).task)[2]

        assert asyncio.run(run()) == content
        assert told == [(content, True)]

    def test_after_what_the_answer_waits_for(self, application):
        order = []
        world.then = lambda error: order.append("errand")
        application.answered = lambda response, seconds: order.append("told")

        async def run():
            await Asked(application, "/mailing").task

        asyncio.run(run())
        assert order == ["errand", "told"]
