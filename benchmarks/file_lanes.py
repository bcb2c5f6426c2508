"""The servers that `benchmarks.files` measures, each with the same files, and one large file on its way.

Joey, the bare application and, where there is one, the reference: `BENCH_REFERENCE` names its program.
"""

import http.client
import io
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.processes import ROOT, Server, ServerFailed, start
from config import env

MB = 1024 * 1024
DOCUMENT_BYTES = 10 * MB
THUMB = "400x300"
UPLOADS = "/api/collections/uploads/records"
_MAX_BYTES = 8 * 1024 * MB
_BLOCK_BYTES = 256 * 1024
_PATIENCE_SECONDS = 600
_SUPERUSER = ("bench@example.com", "1234567890")
_BOUNDARY = "joey-bench-boundary"
FORM = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
_TAIL = f"\r\n--{_BOUNDARY}--\r\n".encode()


@dataclass(frozen=True)
class Lane:
    """One server: where its document of 10 MB and its thumb are, and the folder of what is uploaded."""

    name: str
    server: Server
    document: str
    thumb: str
    uploads: Path

    def tidy(self) -> None:
        """Remove what was uploaded, so that every job starts with the same disk."""
        for folder in self.uploads.iterdir() if self.uploads.exists() else ():
            shutil.rmtree(folder)


@contextmanager
def serving(folder: Path) -> Iterator[list[Lane]]:
    """All lanes at once, Joey first, with data directories in `folder`."""
    document, picture = random.Random(1).randbytes(DOCUMENT_BYTES), _picture()  # noqa: S311 - the same each run
    with ExitStack() as stack:
        data_dir = folder / "joey"
        manage = ["/usr/bin/env", f"DATA_DIR={data_dir}", "DATABASE_URL=", sys.executable, "manage.py"]
        joey = pocketbase([*manage, "superuser"], [*manage, "serve"], stack)
        lanes = [_filled("joey", joey, data_dir, document, picture)]
        thumb = lanes[0].server.get(lanes[0].thumb)

        data_dir = folder / "bare"
        bare = start([sys.executable, "-m", "benchmarks.bare_files"], {"DATA_DIR": str(data_dir)})
        stack.callback(bare.stop)
        paths = [_stored(bare, "files", "document", content) for content in (document, thumb)]
        lanes.append(Lane("bare", bare, paths[0], paths[1], data_dir / "uploads"))

        if program := env.text("BENCH_REFERENCE"):
            data_dir = folder / "reference"
            data = f"--dir={data_dir}"
            serve = ["/bin/sh", "-c", 'exec "$0" serve --http "127.0.0.1:$PORT" "$1"', program, data]
            reference = pocketbase([program, data, "superuser"], serve, stack)
            lanes.append(_filled("reference", reference, data_dir, document, picture))
        for lane in lanes:
            if lane.server.get(lane.document) != document:
                raise SystemExit(f"{lane.name} sends another document than it was given")
        yield lanes


def reference_version() -> str:
    """What the reference says of itself; "" without one."""
    program = env.text("BENCH_REFERENCE")
    if not program:
        return ""
    said = subprocess.run([program, "--version"], capture_output=True, check=True)  # noqa: S603
    return said.stdout.decode().strip()


def form(name: str, content: bytes) -> bytes:
    """A form with one file."""
    return _head(name) + content + _TAIL


def upload_large(server: Server, size_bytes: int) -> str:
    """Send a file of this size, block by block; returns where it can be had."""
    block = random.Random(2).randbytes(_BLOCK_BYTES)  # noqa: S311 - the same in every run
    head = _head("document")
    count, rest = divmod(size_bytes, _BLOCK_BYTES)
    blocks = chain([head], repeat(block, count), [block[:rest], _TAIL])
    headers = {**FORM, "Content-Length": str(len(head) + size_bytes + len(_TAIL))}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("POST", UPLOADS, body=blocks, headers=headers)
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise ServerFailed(f"POST {UPLOADS}: {response.status} {answer[:300]!r}")
    record = json.loads(answer)
    return f"/api/files/uploads/{record['id']}/{record['document']}"


def download_large(server: Server, path: str, size_bytes: int) -> None:
    """Take a file without keeping it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_SECONDS)
    room = memoryview(bytearray(_BLOCK_BYTES))
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        received = 0
        while count := response.readinto(room):
            received += count
    finally:
        connection.close()
    if response.status != 200 or received != size_bytes:
        raise ServerFailed(f"GET {path}: {response.status}, {received} of {size_bytes} bytes")


def pocketbase(superuser: list[str], serve: list[str], stack: ExitStack) -> Server:
    """A server with a superuser, made and started by these commands, and stopped with the stack."""
    command = [*superuser, "upsert", *_SUPERUSER]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - as it was given
    server = start(serve, {})
    stack.callback(server.stop)
    return server


def signed_in(server: Server) -> str:
    """The superuser's token."""
    identity, password = _SUPERUSER
    body = json.dumps({"identity": identity, "password": password})
    answer = server.send("POST", "/api/collections/_superusers/auth-with-password", body=body)
    token: str = json.loads(answer)["token"]
    return token


def _filled(name: str, server: Server, data_dir: Path, document: bytes, picture: bytes) -> Lane:
    """The server with its collections, the document and the picture, whose thumb is made."""

    def sent(path: str, body: dict[str, Any], token: str = "") -> Any:
        headers = {"Authorization": token} if token else {}
        return json.loads(
            server.send("POST", f"/api/collections{path}", headers=headers, body=json.dumps(body))
        )

    token = signed_in(server)
    fields = [
        {"name": "document", "type": "file", "maxSize": _MAX_BYTES},
        {"name": "picture", "type": "file", "maxSize": _MAX_BYTES, "thumbs": [THUMB]},
    ]
    rules = {"viewRule": "", "createRule": ""}
    for collection in ("files", "uploads"):
        made = sent("", {"name": collection, "fields": fields, **rules}, token)
    document_path = _stored(server, "files", "document", document)
    thumb_path = _stored(server, "files", "picture", picture) + f"?thumb={THUMB}"
    return Lane(name, server, document_path, thumb_path, data_dir / "storage" / made["id"])


def _stored(server: Server, collection: str, name: str, content: bytes) -> str:
    """Where the file can be had."""
    target = f"/api/collections/{collection}/records"
    record = json.loads(server.send("POST", target, headers=FORM, body=form(name, content)))
    return f"/api/files/{collection}/{record['id']}/{record[name]}"


def _head(name: str) -> bytes:
    return (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()


def _picture() -> bytes:
    """A JPEG of 1600 x 1200 with detail enough for a thumb of some 20 KB."""
    gradients = [Image.linear_gradient("L").rotate(90 * turn) for turn in range(3)]
    noise = Image.effect_noise((400, 300), 30)
    picture = Image.merge("RGB", gradients).resize((1600, 1200))
    picture.paste(noise.resize((800, 1200)), (0, 0))
    saved = io.BytesIO()
    picture.save(saved, "JPEG", quality=90)
    return saved.getvalue()
