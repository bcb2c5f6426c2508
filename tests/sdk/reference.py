"""What realtime.mjs hears from PocketBase: so expected_realtime.json was made.

`python -m tests.sdk.reference POCKETBASE FOLDER` runs that program on a copy of the fixture, in a folder with
the scripts and their packages (`npm ci`), and prints what the script got. Not so `batchInOrder`: that program
sends what was committed together in any order.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.environment import FIXTURE
from tests.sdk.conversation import Favour, converse

SECONDS = 30.0  # only for what hangs

# What the script asks for, as its hooks do it.
HOOKS = """
routerAdd("POST", "/sdk/send", (e) => {
  for (const [topic, data] of e.requestInfo().body.messages) {
    for (const client of Object.values($app.subscriptionsBroker().clients())) {
      for (const name of Object.keys(client.subscriptions(topic + "?"))) {
        client.send(new SubscriptionMessage({ name, data: JSON.stringify(data) }));
      }
    }
  }
  return e.noContent(204);
});
routerAdd("POST", "/sdk/short-stream", (e) => {
  $app.store().set("short", true);
  return e.noContent(204);
});
onRealtimeConnectRequest((e) => {
  if ($app.store().get("short")) e.idleTimeout = 500 * 1000 * 1000;
  $app.store().remove("short");
  return e.next();
});
"""


class Reference:
    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        data, hooks = folder / "pb_data", folder / "pb_hooks"
        shutil.copytree(FIXTURE, data)
        for path in (data, *data.rglob("*")):
            path.chmod(0o700)
        hooks.mkdir()
        (hooks / "favours.pb.js").write_text(HOOKS)
        self._command = [
            program,
            "serve",
            "--http",
            self.address,
            "--dir",
            str(data),
            "--hooksDir",
            str(hooks),
        ]
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen([*self._command, "--hooksWatch=false"], stdout=subprocess.DEVNULL)  # noqa: S603 - a developer's own command
        until = time.monotonic() + SECONDS
        while True:
            try:
                return self._ask("GET", "/api/health")
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def restart(self) -> None:
        self.stop()
        self._start()

    def crash(self) -> None:
        self._process.kill()
        self._process.wait()
        self._start()

    def send(self, messages: list[tuple[str, Any]]) -> None:
        self._ask("POST", "/sdk/send", {"messages": messages})

    def shorten_next_stream(self) -> None:
        self._ask("POST", "/sdk/short-stream")

    @property
    def favours(self) -> dict[str, Favour]:
        return {
            "restart": self.restart,
            "crash": self.crash,
            "send": self.send,
            "shortStream": self.shorten_next_stream,
        }

    def _ask(self, method: str, path: str, body: Any = None) -> None:
        request = urllib.request.Request(
            f"http://{self.address}{path}",
            method=method,
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=SECONDS).close()  # noqa: S310 - on loopback


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        reference = Reference(sys.argv[1], Path(temporary))
        url = f"http://{reference.address}"
        world = json.dumps({"requestsTo": url})
        try:
            results = converse(Path(sys.argv[2]), "realtime.mjs", [url, world], reference.favours)
        finally:
            reference.stop()
    results["batchInOrder"] = True
    sys.stdout.write(json.dumps(results, indent=1) + "\n")
