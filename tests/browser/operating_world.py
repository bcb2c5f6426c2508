"""A server that has something to operate: a job that fails, one that goes well, and collections."""

from pathlib import Path

from tests.browser.conftest import as_superuser, new_data_dir
from tests.served import Server, start

HOOKS = """
from joey import cron


@cron("sync_stock", "*/30 * * * *")
def sync_stock():
    fetch("https://warehouse.example/api/stock")


def fetch(address):
    raise TimeoutError("no answer from warehouse.example within 30 s")


@cron("prune_carts", "0 4 * * *")
def prune_carts():
    pass
"""


def start_operated(folder: Path) -> Server:
    """A new server with these jobs in a drop-in file."""
    data_dir = new_data_dir(folder)
    hooks = folder / "pb_hooks"
    hooks.mkdir()
    (hooks / "stock.py").write_text(HOOKS, encoding="utf-8")
    return start(data_dir)


def make_shop(server: Server) -> None:
    """Collections with a relation, for who exports and imports them."""
    as_superuser(
        server,
        "POST",
        "collections",
        {"name": "tags", "fields": [{"type": "text", "name": "name"}]},
    )
    fields = [
        {"type": "text", "name": "title", "max": 160, "presentable": True},
        {"type": "text", "name": "edit_token", "hidden": True},
        {"type": "number", "name": "rating"},
    ]
    rule = "rating > 3"
    as_superuser(server, "POST", "collections", {"name": "posts", "fields": fields, "listRule": rule})
    for at in range(3):
        body = {"title": f"Post {at}", "edit_token": f"token{at}", "rating": at}
        as_superuser(server, "POST", "collections/posts/records", body)
