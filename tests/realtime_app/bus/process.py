"""A process on the bus for tests: does what lines of JSON on its standard input say, and answers with others.

python -m tests.realtime_app.bus.process CHANNEL_LAYERS [member|command] [BEAT_SECONDS]
"""

import asyncio
import json
import os
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvloop
from channels.layers import get_channel_layer
from django.conf import settings

settings.configure(CHANNEL_LAYERS=json.loads(sys.argv[1]))

from realtime_app.bus import courier  # noqa: E402 - after the settings
from realtime_app.bus.bus import bus  # noqa: E402
from realtime_app.bus.errors import AskFailed, NoAnswer, NoSuchProcess  # noqa: E402

if len(sys.argv) > 3:
    courier.BEAT_SECONDS = float(sys.argv[3])
    courier.SILENT_SECONDS = 3 * courier.BEAT_SECONDS


class Process:
    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.missed = 0
        self.threads: set[int] = set()
        self.held: list[Future[str]] = []
        self.changed = threading.Condition()
        self.loop: asyncio.AbstractEventLoop | None = None
        bus.on("note", self.note)
        bus.on("echo", lambda payload: {"tag": bus.tag, "payload": payload})
        bus.on("fail", self.fail)
        bus.on("hold", lambda payload: self.hold())
        bus.on("large", lambda payload: "x" * 9_000_000)
        bus.on_missed(self.miss)

    def note(self, payload: Any) -> None:
        self.threads.add(threading.get_ident())
        with self.changed:
            self.heard.append(len(payload) if isinstance(payload, str) and len(payload) > 1000 else payload)
            self.changed.notify_all()

    def miss(self) -> None:
        with self.changed:
            self.missed += 1
            self.changed.notify_all()

    def fail(self, payload: Any) -> None:
        raise KeyError(payload)

    def hold(self) -> "Future[str]":
        with self.changed:
            self.held.append(Future())
            self.changed.notify_all()
            return self.held[-1]

    # --- what a test may call

    def do_tag(self) -> str:
        return bus.tag

    def do_publish(self, payload: Any = None, count: int = 1, size: int = 0, kind: str = "note") -> None:
        for number in range(count):
            bus.publish(kind, "x" * size if size else number if payload is None else payload)

    def do_publish_what_is_no_json(self) -> None:
        bus.publish("note", object())

    def do_publish_where_somebody_is(self, payload: Any) -> bool:
        """As the hot paths do: whether it was published."""
        if not bus.is_alone:
            bus.publish("note", payload)
            return True
        return False

    def do_waiting_bytes(self) -> int:
        """What is kept for others that do not read, and in the outbox."""
        layer = get_channel_layer()
        kept = sum(len(part) for reader in layer._readers.values() for part in reader._backlog)
        return kept + bus.outbox._size

    def do_heard(self, count: int, seconds: float = 60) -> list[Any]:
        """What was heard, as soon as that is so much."""
        self.wait(lambda: len(self.heard) >= count, seconds)
        return self.heard

    def do_missed(self, seconds: float = 60) -> bool:
        return self.wait(lambda: self.missed > 0, seconds)

    def do_forget(self) -> None:
        self.heard, self.missed = [], 0

    def do_peers(self, count: int, seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while len(bus.peers) != count and time.monotonic() < deadline:
            time.sleep(0.01)
        return {tag: dict(announced) for tag, announced in bus.peers.items()}

    def do_is_alone(self, is_alone: bool) -> bool:
        deadline = time.monotonic() + 60
        while bus.is_alone is not is_alone and time.monotonic() < deadline:
            time.sleep(0.01)
        return bus.is_alone

    def do_is_alone_now(self) -> bool:
        return bus.is_alone

    def do_has_anybody(self, key: str) -> bool:
        return bus.has_anybody(key)

    def do_announce(self, key: str, value: Any) -> None:
        bus.announce(key, value).result(60)

    def do_ask(self, tag: str, kind: str, payload: Any = None, seconds: float = 60) -> Any:
        try:
            return bus.ask(tag, kind, payload, seconds=seconds).result(120)
        except (AskFailed, NoAnswer, NoSuchProcess, ValueError) as error:
            return f"{type(error).__name__}"

    def do_ask_with_too_much(self, tag: str) -> Any:
        return self.do_ask(tag, "echo", "x" * 9_000_000)

    def do_ask_many(self, tag: str, count: int) -> list[Any]:
        asked = [bus.ask(tag, "echo", number, seconds=60) for number in range(count)]
        return [answer.result(120)["payload"] for answer in asked]

    def do_release(self, value: str) -> None:
        """Answer the question that is held, as soon as there is one."""
        assert self.wait(lambda: bool(self.held), 60)
        self.held.pop().set_result(value)

    def do_handler_threads(self) -> bool:
        """Whether all handlers ran on the thread of the event loop."""
        return self.threads == {threading.main_thread().ident}

    def do_hang(self, seconds: float) -> None:
        """Keep the event loop from everything."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(time.sleep, seconds)

    def do_fork(self) -> list[str]:
        """What a child process has for tag, and that it publishes."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, bus.tag.encode())
            bus.publish("note", "from the child")
            if bus._thread is not None:  # os._exit runs nothing of what an exit runs
                bus._thread.stop()
            os._exit(0)
        os.waitpid(child, 0)
        return [bus.tag, os.read(reading, 100).decode()]

    def do_fork_and_stay(self) -> int:
        """The process id of a child that does nothing."""
        child = os.fork()
        if child == 0:
            time.sleep(600)
            os._exit(0)
        return child

    def do_restart(self, count: int) -> list[list[int]]:
        """The open files and the tasks, before and after so many times stopping and starting."""
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(self.restart(count), self.loop).result(120)

    def do_open_files(self) -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    # --- running

    async def restart(self, count: int) -> list[list[int]]:
        figures = []
        for _ in range(2):
            figures.append([self.do_open_files(), len(asyncio.all_tasks())])
            for _ in range(count):
                await bus.stop()
                await bus.start()
        return figures

    def wait(self, is_so: Any, seconds: float) -> bool:
        with self.changed:
            return self.changed.wait_for(is_so, seconds)

    def obey(self) -> None:
        """On a thread of its own."""
        for line in sys.stdin:
            name, arguments = json.loads(line)
            if name == "end":
                break
            value = getattr(self, f"do_{name}")(**arguments)
            sys.stdout.write(json.dumps(value) + "\n")
            sys.stdout.flush()

    async def be_member(self) -> None:
        self.loop = loop = asyncio.get_running_loop()
        await bus.start()
        sys.stdout.write('"started"\n')
        sys.stdout.flush()
        obeying: asyncio.Future[None] = loop.create_future()

        def obey() -> None:
            self.obey()
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(obeying.set_result, None)

        threading.Thread(target=obey, daemon=True).start()
        await obeying
        await bus.stop()


if __name__ == "__main__":
    process = Process()
    if sys.argv[2] == "member":
        uvloop.run(process.be_member())
    else:
        sys.stdout.write('"started"\n')
        sys.stdout.flush()
        process.obey()
