"""ObjectAttributes: all that is kept beside a file's content, in a sidecar or as an object's metadata."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from collections_app.records.storage import FileAttributes

UNKNOWN_TYPE = "application/octet-stream"
ORIGINAL_NAME = "original-filename"
# More would be too large for the metadata of an object.
_ORIGINAL_NAME_BYTES = 255


@dataclass(frozen=True)
class ObjectAttributes:
    """As PocketBase keeps them; "" is what was not said."""

    content_type: str = UNKNOWN_TYPE
    cache_control: str = ""
    content_disposition: str = ""
    content_encoding: str = ""
    content_language: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def original_name(self) -> str:
        return self.metadata.get(ORIGINAL_NAME, "")


def attributes_of(attributes: FileAttributes) -> ObjectAttributes:
    """Those of an upload."""
    name = attributes.original_name.encode(errors="replace")[:_ORIGINAL_NAME_BYTES].decode(errors="ignore")
    # An empty header is one that not every service signs alike.
    return ObjectAttributes(attributes.content_type, metadata={ORIGINAL_NAME: name} if name else {})
