"""Gets certificates and renews them, beside the requests of a server process, one process at a time.

Every process has a keeper, and whichever finds the lock free does what there is to do; the others find its
certificates in the folder (certificates.py). What an authority refused is asked for again later and later: it
counts failures itself, and would refuse for longer (docs/decisions/0017).
"""

import fcntl
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from system_app.tls.attempts import Attempt, last_attempts, note
from system_app.tls.certificates import Certificates, UnusableCertificate
from system_app.tls.names import ServedNames

logger = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 10.0
# After the first failure, and three times as much after each further one, up to half a day.
_FIRST_PAUSE_SECONDS = 60
_LONGEST_PAUSE_SECONDS = 12 * 60 * 60
# Whoever starts a server anew has often mended what was wrong, and does not want to wait half a day.
_LONGEST_PAUSE_AT_START_SECONDS = 5 * 60
_PAUSE_OF_UNKNOWN_SECONDS = 60 * 60
# Renewed for the last third of its time: 30 of 90 days.
_RENEWED_FROM = 2 / 3
_LOCK = ".lock"


class NotIssued(Exception):
    """There is no certificate; the message says why, in one line, if possible in the authority's words."""


class Keeper:
    """`issue` has a certificate made for a name, and returns it with its key as PEM, or raises NotIssued."""

    def __init__(
        self,
        names: ServedNames,
        certificates: Certificates,
        issue: Callable[[str], bytes],
        *,
        clock: Callable[[], float] = time.time,
        is_known: Callable[[str], bool] | None = None,
    ) -> None:
        self._names = names
        self._certificates = certificates
        self._folder = certificates.folder
        self._issue = issue
        self._clock = clock
        self._is_known = is_known or _is_known
        self._longest_pause = _LONGEST_PAUSE_AT_START_SECONDS
        self._ended = threading.Event()

    def start(self) -> None:
        self._ended.clear()
        threading.Thread(target=self._run, name="joey-certificates", daemon=True).start()

    def stop(self) -> None:
        """A conversation that is under way is left: the next one to start begins it again."""
        self._ended.set()

    def _run(self) -> None:
        complaint = ""
        while not self._ended.is_set():
            try:
                self.look()
            except Exception as error:
                if complaint != str(error):  # it would be the same every ten seconds
                    logger.exception("certificates cannot be looked after")
                complaint = str(error)
            else:
                complaint = ""
            self._ended.wait(LOOKS_EVERY_SECONDS)

    def look(self) -> None:
        """Get what is missing and due, unless another process is about to."""
        if not any(self._is_needed(name) for name in self._names.all):
            return
        with self._alone() as is_alone:
            if not is_alone:
                return
            for name in self._names.all:
                # Another process may have got it meanwhile, or tried.
                if not self._ended.is_set() and self._is_needed(name) and self._may_try(name):
                    self._get(name)
            self._longest_pause = _LONGEST_PAUSE_SECONDS

    def _is_needed(self, name: str) -> bool:
        validity = self._certificates.validity(name)
        if validity is None:
            return True
        renewed_from = validity.begins + (validity.ends - validity.begins) * _RENEWED_FROM
        return datetime.fromtimestamp(self._clock(), UTC) >= renewed_from

    def _may_try(self, name: str) -> bool:
        last = last_attempts(self._folder).get(name)
        if last is None:
            return True
        if last.failures:
            pause = min(_FIRST_PAUSE_SECONDS * 3 ** min(last.failures - 1, 10), self._longest_pause)
        else:
            pause = _PAUSE_OF_UNKNOWN_SECONDS
        # A clock that was set back since is no reason to wait for longer.
        return not last.at <= self._clock() < last.at + pause

    def _get(self, name: str) -> None:
        if name in self._names.added and not self._is_known(name):
            note(self._folder, name, Attempt(0, self._clock(), "nobody can look it up"))
            return
        before = last_attempts(self._folder).get(name)
        failures = before.failures + 1 if before else 1
        # Before it begins: who can keep no account of it, or dies of it, must not ask again and again.
        note(self._folder, name, Attempt(failures, self._clock(), "it did not come to an end"))
        try:
            self._certificates.put(name, self._issue(name))
        except (NotIssued, UnusableCertificate, OSError) as error:
            why = str(error)
        else:
            if not self._is_needed(name):
                note(self._folder, name, None)
                logger.info("there is a new certificate for %s", name)
                return
            why = "it is to be renewed already by this machine's clock"
        logger.warning("there is no new certificate for %s: %s (%s)", name, why, self._what_is_served(name))
        note(self._folder, name, Attempt(failures, self._clock(), why))

    def _what_is_served(self, name: str) -> str:
        validity = self._certificates.validity(name)
        if validity is None:
            return "until then it is not served by HTTPS"
        return f"the one that is there ends on {validity.ends:%Y-%m-%d}"

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether no other process has a conversation with the authority until the end of this."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(descriptor)


def _is_known(name: str) -> bool:
    """Whether anybody finds this name, which nobody has asked for, by DNS."""
    try:
        return bool(socket.getaddrinfo(name, None))
    except OSError:
        return False
