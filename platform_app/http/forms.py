"""Bodies of multipart/form-data, as browsers send their forms.

Reference: plugins/jsvm/form_data.go, PocketBase v0.39.11; RFC 7578.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import IO, Protocol, TypeAlias


class FormFile(Protocol):
    """A file to be sent, such as a PendingFile."""

    @property
    def original_name(self) -> str: ...

    def open(self) -> IO[bytes]: ...


FormValue: TypeAlias = str | int | float | FormFile
# Several values of one name are pairs that follow each other.
Form: TypeAlias = Mapping[str, FormValue] | Iterable[tuple[str, FormValue]]


def encode_form(form: Form) -> tuple[bytes, str]:
    """The body and its content type. The files are read into memory."""
    boundary = secrets.token_hex(30)
    body = bytearray()
    for name, value in form.items() if isinstance(form, Mapping) else form:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'.encode()
        if isinstance(value, str | int | float):
            body += b"\r\n\r\n" + str(value).encode()
        else:
            body += f'; filename="{_quoted(value.original_name)}"\r\n'.encode()
            body += b"Content-Type: application/octet-stream\r\n\r\n"
            with value.open() as content:
                body += content.read()
        body += b"\r\n"
    body += f"--{boundary}--\r\n".encode()
    return bytes(body), f"multipart/form-data; boundary={boundary}"


def _quoted(name: str) -> str:
    # As browsers do. A line break would begin a header.
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
