"""Who operates the server: jobs that run, backups that are made and restored, definitions that travel."""

import fcntl
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from platform_app.database.replacing import TURN
from platform_app.requests.body_size import MIB
from tests.browser.browsing import Tab, tab_in
from tests.browser.conftest import as_superuser
from tests.browser.operating_world import make_shop, start_operated
from tests.browser.screens import SIZES, axe_source, keep_screenshot, sign_in, too_wide, violations
from tests.served import Server

BACKUPS = "/_/settings/backups/"
CRONS = "/_/settings/crons/"
EXPORT = "/_/settings/export/"
IMPORT = "/_/settings/import/"


@pytest.fixture(scope="module")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with a shop, and its folder."""
    folder = tmp_path_factory.mktemp("operated")
    server = start_operated(folder)
    try:
        make_shop(server)
        yield server, folder
    finally:
        server.stop()


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_source(tmp_path_factory.mktemp("axe"))


@pytest.fixture
def inside(chromium: Browser, operated: tuple[Server, Path]) -> Iterator[Tab]:
    with tab_in(chromium, operated[0].url, viewport={"width": 1440, "height": 900}) as tab:
        sign_in(tab)
        yield tab


def watch(tab: Tab) -> None:
    """Notice when the page is loaded anew."""
    tab.page.evaluate("window.isThisPage = true")


def is_the_page(tab: Tab) -> bool:
    return bool(tab.page.evaluate("window.isThisPage === true"))


@contextmanager
def turn_taken(data_dir: Path, said: dict[str, str]) -> Iterator[None]:
    """As if a backup or restore were under way in another process."""
    lock = os.open(data_dir / TURN, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps(said).encode(), 0)
        yield
    finally:
        os.close(lock)


def row_of(tab: Tab, text: str) -> Any:
    return tab.page.locator("tbody tr", has_text=text).first


class TestCrons:
    def test_a_failed_run_is_shown_when_it_has_failed(self, inside: Tab) -> None:
        inside.open(CRONS)
        watch(inside)
        row_of(inside, "sync_stock").get_by_role("button").click()
        failed = inside.page.locator("tr.expanded")
        expect(failed).to_contain_text("no answer from warehouse.example within 30 s")
        expect(failed).to_contain_text("in fetch")
        expect(inside.page.locator(".toast.error")).to_contain_text("sync_stock has failed.")
        expect(row_of(inside, "sync_stock").get_by_role("button")).to_be_enabled()
        assert is_the_page(inside)

    def test_one_that_goes_well(self, inside: Tab) -> None:
        inside.open(CRONS)
        row = row_of(inside, "prune_carts")
        expect(row).to_contain_text("every day at 04:00")
        row.get_by_role("button").click()
        expect(row_of(inside, "prune_carts").locator(".ok-text")).to_be_visible()
        expect(row_of(inside, "prune_carts").locator("rect.good")).to_have_count(1)

    def test_without_scripts(self, chromium: Browser, operated: tuple[Server, Path]) -> None:
        with tab_in(chromium, operated[0].url, java_script_enabled=False) as tab:
            sign_in(tab)
            tab.open(CRONS)
            row_of(tab, "__pbOTPCleanup__").get_by_role("button").click()
            assert tab.page.url == operated[0].url + CRONS
            expect(row_of(tab, "__pbOTPCleanup__").get_by_role("button")).to_be_disabled()


class TestBackups:
    def test_one_is_made_looked_at_fetched_and_deleted(self, inside: Tab) -> None:
        page = inside.page
        inside.open(BACKUPS)
        page.click("#making > summary")
        page.fill("#backup-name", "made_here")
        page.keyboard.press("Enter")
        row = row_of(inside, "made_here.zip")
        expect(row.get_by_role("button", name="Verify made_here.zip")).to_be_enabled()
        watch(inside)
        row.get_by_role("button", name="Verify made_here.zip").click()
        expect(row_of(inside, "made_here.zip").locator(".badge.ok")).to_have_text("Verified")
        expect(page.locator("#making")).to_be_visible()
        assert is_the_page(inside)
        with page.expect_download() as fetched:
            page.get_by_label("Download made_here.zip").click()
        assert zipfile.is_zipfile(fetched.value.path())
        page.get_by_label("Delete made_here.zip…").click()
        page.get_by_role("button", name="Delete the backup").click()
        expect(page.locator(".toast")).to_contain_text("Deleted made_here.zip.")
        expect(page.locator("tbody tr", has_text="made_here.zip")).to_have_count(0)

    def test_what_is_under_way_shows_how_far_it_is(
        self, inside: Tab, operated: tuple[Server, Path], axe: str
    ) -> None:
        step = {"key": "", "work": "backup", "doneBytes": 248 << 20, "totalBytes": 412 << 20, "outcome": ""}
        message = json.dumps({"dropped": 0, "entries": [{"event": "progress", "data": step}]})
        inside.page.route(
            "**/live-feeds/backups",
            lambda route: route.fulfill(content_type="text/event-stream", body=f"data: {message}\n\n"),
        )
        with turn_taken(operated[1] / "pb_data", {"work": "backup", "key": "under_way.zip"}):
            inside.open(BACKUPS)
            row = row_of(inside, "under_way.zip")
            expect(row.locator("[data-bytes]")).to_have_text("248.0 MB / 412.0 MB")
            expect(row.locator(".badge")).to_have_text("60 %")
            expect(row.locator("progress")).to_have_attribute("value", str(248 << 20))
            expect(inside.page.get_by_role("button", name="Back up", exact=True)).to_be_disabled()
            assert [*violations(inside, axe), *too_wide(inside)] == []
            keep_screenshot(inside, "backups-running")

    def test_a_wrong_name_stays_to_be_corrected(self, inside: Tab) -> None:
        inside.open(BACKUPS)
        inside.page.click("#making > summary")
        inside.page.fill("#backup-name", "Not So")
        inside.page.keyboard.press("Enter")
        expect(inside.page.locator("#backup-name-error")).to_be_visible()
        expect(inside.page.locator("#backup-name")).to_have_value("Not So")

    def test_one_is_brought_along_and_is_no_good(self, inside: Tab, tmp_path: Path) -> None:
        path = tmp_path / "no_backup.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", os.urandom(4096))
        inside.open(BACKUPS)
        inside.page.get_by_text("Upload", exact=True).first.click()
        inside.page.set_input_files("#backup-file", path)
        inside.page.locator("form[enctype] .button.primary").click()
        row_of(inside, "no_backup.zip").get_by_role("button", name="Verify no_backup.zip").click()
        expect(row_of(inside, "no_backup.zip").locator(".badge.danger")).to_have_text("No good")
        expect(inside.page.locator("tr.expanded")).to_contain_text("the archive has no data.db")
        expect(inside.page.locator(".toast.error")).to_contain_text(
            "no_backup.zip: the archive has no data.db"
        )

    def test_one_larger_than_other_bodies_may_be(self, inside: Tab, tmp_path: Path) -> None:
        path = tmp_path / "large.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data.db", bytes(34 * 1024 * 1024))
        inside.open(BACKUPS)
        inside.page.get_by_text("Upload", exact=True).first.click()
        inside.page.set_input_files("#backup-file", path)
        network = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 8 * MIB}
        inside.page.context.new_cdp_session(inside.page).send("Network.emulateNetworkConditions", network)
        inside.page.locator("form[enctype] .button.primary").click()
        expect(inside.page.locator("[data-sending]")).to_contain_text("MB of 34 MB sent")
        expect(row_of(inside, "large.zip")).to_contain_text("34.0 MB")
        expect(inside.page.locator(".toast")).to_contain_text("large.zip is here now.")
        expect(inside.page.locator("#backup-file")).to_be_hidden()

    def test_a_restore_comes_back_with_the_old_data(
        self, chromium: Browser, tmp_path_factory: pytest.TempPathFactory, axe: str
    ) -> None:
        server = start_operated(tmp_path_factory.mktemp("restored"))
        try:
            make_shop(server)
            as_superuser(server, "POST", "backups", {"name": "before.zip"})
            as_superuser(server, "POST", "collections/tags/records", {"name": "later"})
            with tab_in(chromium, server.url) as tab:
                tab.may_fail = ("/_/*",)  # the server is away for a while
                sign_in(tab)
                tab.open(f"{BACKUPS}file/before.zip/restore/")
                assert [*violations(tab, axe), *too_wide(tab)] == []
                keep_screenshot(tab, "restore")
                tab.page.fill("#typed-name", "before.zip")
                tab.page.get_by_role("button", name="Restore and start anew").click()
                expect(tab.page.locator("#restoring h2")).to_have_text("Restoring before.zip")
                tab.page.wait_for_url(lambda url: "/restore/" not in url)
                if tab.page.locator("#login-form").count():
                    tab.page.fill("#id_username", "root@example.com")
                    tab.page.fill("#id_password", "1234567890")
                    tab.page.click("[type=submit]")
                tab.open("/_/collections/tags/")
                expect(tab.page.locator(".empty-state")).to_be_visible()
                tab.open(BACKUPS)
                # What was there before it is kept.
                expect(tab.page.locator("tbody tr")).to_have_count(2)
                tab.complaints = [one for one in tab.complaints if "ERR_" not in one]
        finally:
            server.stop()


class TestExport:
    def test_what_is_chosen_is_shown_and_fetched(self, inside: Tab) -> None:
        page = inside.page
        inside.open(EXPORT)
        boxes = page.locator("[name=ids]")
        names = boxes.locator("xpath=..").all_inner_texts()
        expect(page.locator("#export-count")).to_have_text(f"{len(names)} collections")
        page.get_by_label("All collections").uncheck()
        expect(page.locator("#export-text")).to_have_text("[]")
        boxes.nth(0).click()
        boxes.nth(2).click(modifiers=["Shift"])
        expect(page.locator("#export-count")).to_have_text("3 collections")
        shown = json.loads(page.locator("#export-text").text_content() or "")
        assert [one["name"] for one in shown] == [name.strip() for name in names[:3]]
        with page.expect_download() as fetched:
            page.get_by_role("button", name="Download").click()
        assert fetched.value.suggested_filename == "pb_schema.json"
        assert json.loads(fetched.value.path().read_text()) == shown

    def test_copying(self, chromium: Browser, operated: tuple[Server, Path]) -> None:
        options = {"permissions": ["clipboard-read", "clipboard-write"]}
        with tab_in(chromium, operated[0].url, **options) as tab:
            sign_in(tab)
            tab.open(EXPORT)
            tab.page.get_by_role("button", name="Copy").click()
            expect(tab.page.locator(".toast")).to_contain_text("JSON copied.")
            copied = tab.page.evaluate("navigator.clipboard.readText()")
            assert copied == tab.page.locator("#export-text").text_content()


def exported(tab: Tab) -> list[dict[str, Any]]:
    tab.open(EXPORT)
    found: list[dict[str, Any]] = json.loads(tab.page.locator("#export-text").text_content() or "")
    return found


def changed(definitions: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Without `tags` and a field of `posts`, with another field, another limit and another rule."""
    for one in definitions:
        if one["name"] == "posts":
            one["listRule"] = f'rating > 3 || title = "{name}"'
            one["fields"] = [field for field in one["fields"] if field["name"] != "edit_token"]
            one["fields"][1]["max"] += 1
            one["fields"].append({"name": name, "type": "url"})
    return [one for one in definitions if one["name"] != "tags"]


def load(tab: Tab, definitions: Any, folder: Path) -> None:
    path = folder / "pb_schema.json"
    path.write_text(json.dumps(definitions))
    tab.open(IMPORT)
    tab.page.set_input_files("#import-file", path)


def choose_deleting(tab: Tab) -> None:
    """Once the script is there, which reviews at once."""
    expect(tab.page.locator("[data-review]")).to_be_hidden()
    tab.page.check("[name=delete_missing]")
    expect(tab.page.locator(".confirming")).to_be_visible()


class TestImport:
    def test_what_is_no_json_is_marked_while_it_is_typed(self, inside: Tab) -> None:
        inside.open(IMPORT)
        text = inside.page.locator(".cm-content")
        text.click()
        inside.page.keyboard.type("5")
        expect(inside.page.locator("#import-problem")).to_contain_text("Expected a list of collections")
        inside.page.keyboard.type("x")
        expect(inside.page.locator("#import-problem")).to_contain_text("This is no JSON")
        inside.page.keyboard.press("Control+a")
        inside.page.keyboard.press("Delete")
        expect(inside.page.locator("#import-problem")).to_be_hidden()

    @pytest.mark.parametrize("size", SIZES, ids=[size.name for size in SIZES])
    def test_the_review_at_every_size(
        self, chromium: Browser, operated: tuple[Server, Path], axe: str, tmp_path: Path, size: Any
    ) -> None:
        for scheme in ("light", "dark"):
            with tab_in(chromium, operated[0].url, color_scheme=scheme, **size.options) as tab:
                sign_in(tab)
                load(tab, changed(exported(tab), "seen"), tmp_path)
                tab.page.get_by_role("button", name="Review").click()
                expect(tab.page.locator(".diff-block").first).to_be_visible()
                found = [*violations(tab, axe), *too_wide(tab)]
                keep_screenshot(tab, f"review-{size.name}-{scheme}")
                choose_deleting(tab)
                found += [*violations(tab, axe), *too_wide(tab)]
                keep_screenshot(tab, f"review-deleting-{size.name}-{scheme}")
                assert found == []

    def test_reviewing_and_importing(self, inside: Tab, tmp_path: Path) -> None:
        page = inside.page
        load(inside, changed(exported(inside), "canonical"), tmp_path)
        page.get_by_role("button", name="Review").click()
        expect(page.locator(".change-list")).to_contain_text("posts")
        expect(page.locator(".import-options")).to_contain_text("Would go: 1 collection (tags)")
        expect(page.locator("ins").first).to_contain_text('title = "canonical"')
        expect(page.locator(".confirming")).to_have_count(0)
        choose_deleting(inside)
        expect(page.locator(".confirming")).to_contain_text("posts.edit_token Goes, with 3 values.")
        expect(page.locator("[data-review]")).to_be_hidden()
        page.uncheck("[name=delete_missing]")
        expect(page.locator(".confirming")).to_have_count(0)
        page.get_by_role("button", name="Import 1 collection").click()
        expect(page.locator(".toast")).to_contain_text("Imported: 1 changed.")
        after = {one["name"]: one for one in exported(inside)}
        assert "tags" in after
        names = {field["name"] for field in after["posts"]["fields"]}
        assert {"edit_token", "canonical"} <= names

    def test_without_scripts(self, chromium: Browser, operated: tuple[Server, Path]) -> None:
        with tab_in(chromium, operated[0].url, java_script_enabled=False) as tab:
            sign_in(tab)
            tab.open(IMPORT)
            tab.page.fill("#import-text", '[{"name": "plain"}]')
            tab.page.get_by_role("button", name="Review").click()
            tab.page.check("[name=delete_missing]")
            tab.page.get_by_role("button", name="Review again").click()
            expect(tab.page.locator(".confirming")).to_be_visible()
            tab.page.uncheck("[name=delete_missing]")
            tab.page.get_by_role("button", name="Review again").click()
            tab.page.get_by_role("button", name="Import 1 collection").click()
            tab.open("/_/collections/plain/")
            expect(tab.page.locator(".empty-state")).to_be_visible()
