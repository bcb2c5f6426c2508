"""The examples in JavaScript of the pages about files do what the pages say."""

import re
from pathlib import Path

from files_app.s3_storage import S3RecordStorage
from tests.files_app.s3_servers import new_bucket
from tests.sdk.script import installed, run
from tests.served import ROOT, serving_the_fixture

SCRIPT = "documented_files.mjs"
MARK = re.compile(r"/\* (docs/.+\.md) \*/")
BLOCK = re.compile(r"^```js\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def example(page: str, about: str) -> str:
    """The one example of a page that has this text."""
    (code,) = (code for code in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")) if about in code)
    return str(code)


def given(code: str, stands_for: dict[str, str]) -> str:
    """The code with what readers put in for themselves."""
    for theirs, ours in stands_for.items():
        assert theirs in code, theirs
        code = code.replace(theirs, ours)
    return code


def test_they_do(tmp_path: Path) -> None:
    folder, s3 = installed(tmp_path), new_bucket()
    examples = {
        "docs/how-to/write-records.md": given(
            example("docs/how-to/write-records.md", "cover: file"), {'"photo_a1b2c3d4e5.png"': "photo"}
        ),
        "docs/reference/files.md": example("docs/reference/files.md", "getToken"),
        "docs/how-to/s3.md": given(
            example("docs/how-to/s3.md", "testS3"),
            {
                "https://s3.eu-central-1.amazonaws.com": s3.endpoint,
                "shop-files": s3.bucket,
                "forcePathStyle: false": "forcePathStyle: true",
            },
        ),
    }
    script = folder / SCRIPT
    text = script.read_text(encoding="utf-8")
    script.write_text(MARK.sub(lambda mark: examples[mark[1]], text), encoding="utf-8")
    (folder / "data").mkdir()
    with serving_the_fixture(folder / "data") as server:
        results = run(folder, SCRIPT, server)
    assert results == {
        "writing": ["", ["first", "second"]],
        "reading": [[200, 404], "a cover"],
        "bucket": ["first"],
    }
    (path,) = S3RecordStorage(s3).list("")  # what was made before is on the disk
    assert re.fullmatch(r"[^/]+/[^/]+/first_\w+\.txt", path)
