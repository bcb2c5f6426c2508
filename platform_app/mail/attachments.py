"""Files in mails: as parts of a message, byte for byte, with the type that their content shows."""

from email.encoders import encode_base64
from email.message import Message
from email.mime.base import MIMEBase

from platform_app.mail.headers import on_one_line
from platform_app.wire.mime.sniffing import detect_mime_type

_UNKNOWN = "application/octet-stream"


def attachment_part(name: str, content: bytes) -> MIMEBase:
    """A file that readers offer to save as `name`."""
    return _part("attachment", name, content)


def inline_part(name: str, content: bytes) -> MIMEBase:
    """A file that the HTML of the mail shows, by `cid:` and its name."""
    part = _part("inline", name, content)
    part["Content-ID"] = f"<{on_one_line(name)}>"
    return part


def is_inline(part: Message) -> bool:
    return part.get_content_disposition() == "inline"


def _part(disposition: str, name: str, content: bytes) -> MIMEBase:
    main, _, sub = detect_mime_type(content).name.partition(";")[0].partition("/")
    # Base64 for all: as text or as a message inside the message, line breaks would not stay as they are.
    if main in ("multipart", "message"):
        main, sub = _UNKNOWN.split("/")
    part = MIMEBase(main, sub)
    part.set_payload(content)
    encode_base64(part)
    shown = on_one_line(name)
    part.add_header(
        "Content-Disposition", disposition, filename=shown if shown.isascii() else ("utf-8", "", shown)
    )
    return part
