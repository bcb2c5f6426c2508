"""What stands around lists of records."""

from dataclasses import dataclass

from playwright.sync_api import FilePayload

from tests.browser.browsing import Tab
from tests.browser.screen import Screen

POSTS = "/_/collections/posts/"
CSV = """title,status,rating,author,note
Letters from the coast,draft,4,,first
,review,3,,nobody called it anything
The last ferry,published,9,,too good
A map of winters,published,4.5,,
"""


@dataclass(frozen=True)
class SelectedScreen(Screen):
    """The page that a button of the selection leads to."""

    button: str = ""

    def open(self, tab: Tab, ids: dict[str, list[str]]) -> None:
        tab.open(self.address)
        tab.page.wait_for_load_state("networkidle")
        boxes = tab.page.locator("#rows tbody .check-cell input")
        boxes.nth(1).check()
        boxes.nth(2).check()
        tab.page.click(self.button)
        tab.page.wait_for_selector(self.ready)
        if "field" in self.ready:
            tab.page.check("[name=field][value=status]")


@dataclass(frozen=True)
class ImportScreen(Screen):
    """An import, as far as `presses` lead."""

    presses: tuple[str, ...] = ()

    def open(self, tab: Tab, ids: dict[str, list[str]]) -> None:
        tab.open(self.address)
        file: FilePayload = {"name": "posts.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
        tab.page.set_input_files("[type=file]", files=[file])
        tab.page.click("form .primary")
        for button in self.presses:
            tab.page.click(button)
        tab.page.wait_for_selector(self.ready)


SCREENS = (
    Screen("list-views", f"{POSTS}views/?filter=status = 'draft'", "#view-name"),
    Screen("list-conditions", f'{POSTS}filter/?filter=status = "draft"', "#conditions-form"),
    Screen("list-edit-rows", f"{POSTS}edit-rows/", ".data-table.edited"),
    SelectedScreen("list-edit-selected", POSTS, ".field-choices", ".selection-bar .button:first-of-type"),
    Screen("import-new", f"{POSTS}import/", "[type=file]"),
    ImportScreen("import-columns", f"{POSTS}import/", ".column-targets"),
    ImportScreen("import-checked", f"{POSTS}import/", ".import-problems", (".page-body form .primary",)),
)
