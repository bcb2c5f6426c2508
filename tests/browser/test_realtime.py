"""Pages of somebody's app hear through the official SDK, and hear again after their stream has ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import as_superuser, new_data_dir
from tests.browser.sdk_page import app_in, app_served
from tests.browser.streaming_front import StreamingFront, streaming_front
from tests.served import Server, reserved_port, start
from tests.short_streams.apps import shorten_next_stream

OPEN = dict.fromkeys(("listRule", "viewRule", "createRule"), "")
TITLE = [{"name": "title", "type": "text"}]

LISTEN = """async (url) => {
  const pb = new PocketBase(url);
  const { connected, lost } = await connections(pb);
  const heard = await listen(pb.collection("posts"), "*", { fields: "title" });
  Object.assign(window, { pb, connected, lost, heard });
}"""
WRITE = 'title => pb.collection("posts").create({ title })'
HEARD = "count => heard.upTo(count)"
COMES_BACK = """async () => {
  await connected.upTo(2);
  return lost.all;
}"""
REFUSED = """(url) => new PocketBase(url).collection("posts").subscribe("*", () => {}).then(
  () => "let in",
  (error) => [error.name, error.isAbort],
)"""


@dataclass
class Host:
    """A server that lets in the pages of one origin."""

    data_dir: Path
    server: Server
    origin: str

    def restart(self) -> None:
        self.server.stop()
        self.server = _start(self.data_dir, self.server.port, self.origin)


def _start(data_dir: Path, port: int, origin: str) -> Server:
    return start(
        data_dir, port=port, CORS_ORIGINS=origin, DJANGO_SETTINGS_MODULE="tests.short_streams.settings"
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_served(tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture(scope="module")
def host(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    data_dir = new_data_dir(tmp_path_factory.mktemp("heard"))
    with reserved_port() as port:
        host = Host(data_dir, _start(data_dir, port, origin), origin)
        try:
            posts = {"name": "posts", "type": "base", "fields": TITLE, **OPEN}
            as_superuser(host.server, "POST", "collections", posts)
            yield host
        finally:
            host.server.stop()


@pytest.fixture
def front(host: Host) -> Iterator[StreamingFront]:
    with streaming_front(lambda method, path: host.server.port) as front:
        yield front


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    with app_in(chromium, address) as page:
        yield page


def heard(*titles: str) -> list[dict[str, object]]:
    return [{"action": "create", "record": {"title": title}} for title in titles]


def test_a_page_of_another_origin_hears(page: Page, host: Host) -> None:
    page.evaluate(LISTEN, host.server.url)
    page.evaluate(WRITE, "one")
    page.evaluate(WRITE, "two")
    assert page.evaluate(HEARD, 2) == heard("one", "two")


def test_a_page_of_an_origin_that_is_not_let_in_is_told_so(
    chromium: Browser, host: Host, address: str
) -> None:
    elsewhere = address.replace("127.0.0.1", "localhost")
    with app_in(chromium, elsewhere, may_be_blocked=True) as page:
        assert page.evaluate(REFUSED, host.server.url) == ["ClientResponseError 0", False]


def test_events_come_through_a_proxy_that_buffers_answers(page: Page, front: StreamingFront) -> None:
    page.evaluate(LISTEN, front.url)
    page.evaluate(WRITE, "buffered nowhere")
    assert page.evaluate(HEARD, 1) == heard("buffered nowhere")


@pytest.mark.parametrize("end", ["restart", "idle", "cut_off_by_a_proxy"])
def test_a_page_hears_again_after_its_stream_has_ended(
    page: Page, host: Host, front: StreamingFront, end: str
) -> None:
    if end == "idle":
        shorten_next_stream(host.data_dir)
    page.evaluate(LISTEN, front.url if end == "cut_off_by_a_proxy" else host.server.url)
    if end == "restart":
        host.restart()
    elif end == "cut_off_by_a_proxy":
        front.cut_streams()
    (topics,) = page.evaluate(COMES_BACK)
    assert topics == ["PB_CONNECT", "posts/*?options=%7B%22query%22%3A%7B%22fields%22%3A%22title%22%7D%7D"]
    page.evaluate(WRITE, f"after {end}")
    assert page.evaluate(HEARD, 1) == heard(f"after {end}")
