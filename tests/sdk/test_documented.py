"""The examples of docs/how-to/realtime.md, run one after the other, print what stands below them."""

import json
import re
import subprocess
from pathlib import Path
from textwrap import dedent

from tests.process.at_once import SUPERUSER, as_superuser
from tests.sdk.conversation import converse
from tests.sdk.script import installed
from tests.served import ROOT, manage, start

PAGE = ROOT / "docs/how-to/realtime.md"
BLOCK = re.compile(r"^ *```(js|python|text)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
ADA = {
    "email": "ada@example.com",
    "password": "correct horse",
    "passwordConfirm": "correct horse",
    "verified": True,
}
POSTS = {
    "name": "posts",
    "type": "base",
    "fields": [
        {"name": "title", "type": "text"},
        {"name": "status", "type": "text"},
    ],
    **dict.fromkeys(("listRule", "viewRule", "createRule"), ""),
}

# What comes before the examples: they print into a list, and each waits for what is said to come of it.
PRELUDE = """
import { format } from "node:util";
import { ask, done } from "./conversation.mjs";
import { Happenings } from "./listening.mjs";

const printed = new Happenings();
console.log = (...values) => printed.add(format(...values));
async function prints(line) {
  for (let count = 0; !printed.all.includes(line); count++) await printed.upTo(count);
}
"""


def program(url: str) -> str:
    """All examples of the page in its order, as one script that talks to the server at `url`."""
    parts = [PRELUDE]
    for language, code in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "js":
            parts.append(code.replace("http://127.0.0.1:8090", url))
        elif language == "python":
            parts.append(f"await ask('python', {json.dumps(dedent(code))});\n")
        else:
            parts.extend(f"await prints({json.dumps(line)});\n" for line in code.splitlines())
    return "".join([*parts, "done(printed.all);\n"])


def test_they_do(tmp_path: Path) -> None:
    folder = installed(tmp_path)
    data_dir = tmp_path / "pb_data"
    run(manage(data_dir, "superuser", "upsert", *SUPERUSER))
    server = start(data_dir)
    try:
        must = as_superuser(server)
        must("POST", "collections", POSTS)
        must("POST", "collections/users/records", ADA)
        (folder / "documented.mjs").write_text(program(server.url), encoding="utf-8")
        favours = {"python": lambda code: run(manage(data_dir, "shell", "--no-imports", "-c", code))}
        converse(folder, "documented.mjs", [], favours)
    finally:
        server.stop()


def run(command: list[str]) -> None:
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
