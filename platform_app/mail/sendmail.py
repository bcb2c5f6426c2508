"""The program `sendmail`, which most mail systems of a machine bring along.

Reference: tools/mailer/sendmail.go, PocketBase v0.39.11.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from tempfile import TemporaryFile

from platform_app.mail.errors import MailFailed, MailRefused, MailTooSlow

_PLACES = ("/usr/sbin/sendmail", "/usr/bin/sendmail", "sendmail")
_MOST_WORDS_BYTES = 2000


def sendmail_path() -> str | None:
    """Where the program is, the last of the places being wherever PATH has it."""
    return next((path for place in _PLACES if (path := shutil.which(place))), None)


def hand_to_sendmail(path: str, message: bytes, *, recipients: Sequence[str], seconds: float) -> None:
    """Have the program send `message` to `recipients`, or without any to those whom its headers name.

    Raises MailFailed, also when it takes longer than `seconds`; it is killed then.
    """
    # Blind copies are never left to a header: not every program that reads one takes it out.
    arguments = ["-i", "--", *recipients] if recipients else ["-i", "-t"]
    # Files and not pipes: what the program leaves running in the background may keep those open.
    with TemporaryFile() as given, TemporaryFile() as told:
        given.write(message)
        given.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell, and "--" before what others chose
                [path, *arguments],
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=told,
                start_new_session=True,
            )
        except OSError as error:
            raise MailFailed(f"{path} cannot be started: {error.strerror}") from error
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise MailTooSlow(f"{path} did not end within {seconds:g} s") from error
        if code:
            told.seek(0)
            words = told.read(_MOST_WORDS_BYTES).decode("utf-8", "replace").strip()
            raise MailRefused(f"{path} ended with code {code}: {words}".removesuffix(": "))
