"""`F("n") + 1` from several processes at once: no change is lost."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.environment import POSTGRESQL, another_postgresql
from tests.served import ROOT, manage

PROCESSES = 4
CHANGES = 20
SUPERUSER = ("counting@example.com", "1234567890")

PREPARE = """
from collections_app.collection import Collection
from collections_app.orm import collection_model
from collections_app.definitions.saving import create_collection
from collections_app.definitions.scaffolds import field_of, id_field
create_collection(Collection(id="pbc_counts", name="counts", fields=(id_field(), field_of("number", "n"))))
collection_model("counts").objects.create(id="count0000000001")
"""
CHANGE = f"""
from django.db.models import F
from collections_app.orm import collection_model
counted = collection_model("counts").objects.get()
for _ in range({CHANGES}):
    counted.n = F("n") + 1
    counted.save()
"""
SHOW = 'from collections_app.orm import collection_model\nprint(collection_model("counts").objects.get().n)'


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The DATABASE_URL of a new database; it is empty for SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    if not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL")
    with another_postgresql() as url:
        yield url


def test_no_change_is_lost(database: str, tmp_path: Path) -> None:
    def command(*arguments: str) -> list[str]:
        return manage(tmp_path / "pb_data", *arguments, DATABASE_URL=database, AUTOMIGRATE="0")

    def run(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603 - our own command
            command(*arguments), cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout

    run("superuser", "upsert", *SUPERUSER)
    run("shell", "-c", PREPARE)
    processes = [
        subprocess.Popen(command("shell", "-c", CHANGE), cwd=ROOT)  # noqa: S603 - our own command
        for _ in range(PROCESSES)
    ]
    assert [process.wait() for process in processes] == [0] * PROCESSES
    assert run("shell", "-c", SHOW).strip().splitlines()[-1] == str(float(PROCESSES * CHANGES))
