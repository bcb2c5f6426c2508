"""What the script that signs in needs around the server: mails that arrive, and an account elsewhere.

`python -m tests.sdk.world URL FOLDER` runs it against a server on a fresh copy of the fixture, in a folder
with the scripts and the `pocketbase` package, and prints what it got: so expected_signing_in.json was made.
"""

import email
import email.policy
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.auth_app.identity_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URL, IdentityProvider
from tests.platform_app.mail.servers import MailServer, mail_server

SECONDS = 120
_VERIFIER = "v" * 43
_SOMEBODY = {
    "sub": "elsewhere-1",
    "name": "Some Body",
    "preferred_username": "somebody",
    "email": "somebody@example.com",
    "email_verified": True,
    "picture": "",
}


def sign_in(folder: Path, url: str) -> dict[str, Any]:
    """What the script got from the server at `url`, by claim."""
    with tempfile.TemporaryDirectory(dir=folder) as mails, mail_server() as server, _elsewhere() as provider:
        world = {"smtpPort": server.port, "mails": mails, "provider": provider}
        command = ["node", "signing_in.mjs", url, json.dumps(world)]
        process = subprocess.Popen(  # noqa: S603 - our own
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        ends_at = time.monotonic() + SECONDS
        written = 0
        while process.poll() is None and time.monotonic() < ends_at:
            written = _write_new(server, Path(mails), written)
            time.sleep(0.02)
        process.kill()
        out, errors = process.communicate()
    assert process.returncode == 0, errors
    results: dict[str, Any] = json.loads(out)
    return results


def _write_new(server: MailServer, folder: Path, written: int) -> int:
    """Write the mails that came since, as texts, and return how many there are now."""
    received = list(server.received)
    for number, mail in enumerate(received[written:], start=written):
        body = email.message_from_bytes(mail.content, policy=email.policy.default).get_body(("plain",))
        assert body is not None
        part = folder / f"{number:04}.part"
        part.write_text(f"To: {mail.recipients[0]}\n{body.get_content()}", encoding="utf-8")
        part.rename(folder / f"{number:04}.txt")  # the script is never to see half of it
    return len(received)


@contextmanager
def _elsewhere() -> Iterator[dict[str, Any]]:
    """An OAuth2 provider where somebody has agreed three times."""
    with IdentityProvider() as provider:
        provider.describe("/userinfo", _SOMEBODY)
        yield {
            "url": provider.url(""),
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "redirectURL": REDIRECT_URL,
            "verifier": _VERIFIER,
            "codes": [provider.authorize(verifier=_VERIFIER) for _ in range(3)],
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(sign_in(Path(sys.argv[2]), sys.argv[1]), indent=1) + "\n")
