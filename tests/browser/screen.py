"""One screen of the dashboard."""

from dataclasses import dataclass

from tests.browser.browsing import Tab


@dataclass(frozen=True)
class Screen:
    """`address` may name a record of the world: `{post}`, `{user}`; `ready` is a selector of its content."""

    name: str
    address: str
    ready: str

    def open(self, tab: Tab, ids: dict[str, list[str]]) -> None:
        tab.open(self.address.format(post=ids["posts"][2], user=ids["users"][1]))
        tab.page.wait_for_selector(self.ready)
        tab.page.wait_for_load_state("networkidle")
