"""`file`: the names of one or several files of the record; new ones arrive as uploads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as option
from functools import cached_property
from typing import Any, ClassVar

from django.core.files.base import File

from collections_app.fields import columns_sql
from collections_app.fields.abilities import Modify
from collections_app.fields.base import Field, OptionContext, ValueContext
from collections_app.fields.file_names import PendingFile
from collections_app.fields.lists import last_from_db, list_from_db
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.options import OptionError, each, length_error, match_error, range_error
from collections_app.fields.python_values import as_items, refuse, simplified
from collections_app.fields.registry import register
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.casting import to_unique_strings
from platform_app.wire.errors import FieldError, required
from platform_app.wire.json_encoding import go_json
from platform_app.wire.struct_decoding import read_int64

FileItem = str | PendingFile
FileValue = FileItem | list[FileItem]

_DEFAULT_MAX_BYTES = 5 << 20
_NAME_BYTES = 150
_SHOWN_NAME_BYTES = 300
_SHOWN_INVALID_BYTES = 250
_LOOSE_NAME = re.compile(r"[^./\\][^/\\]+")
_THUMB = re.compile(r"[0-9]+x[0-9]+[tbf]?")
_EMPTY_THUMBS = frozenset({"0x0", "0x0t", "0x0b", "0x0f"})


@register
@dataclass(frozen=True, kw_only=True)
class FileField(Field):
    type: ClassVar[str] = "file"

    max_size: int = option(default=0, metadata={"read": read_int64})
    max_select: int = 0
    mime_types: tuple[str, ...] | None = None
    thumbs: tuple[str, ...] | None = None
    protected: bool = False

    # --- options ---

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {
            "maxSize": range_error(self.max_size, 0),
            "maxSelect": range_error(self.max_select, 0),
            "thumbs": each(self.thumbs or (), _thumb_error),
        }

    @property
    def is_multiple(self) -> bool:
        return self.max_select > 1

    @property
    def max_file_bytes(self) -> int:
        return self.max_size if self.max_size > 0 else _DEFAULT_MAX_BYTES

    @property
    def body_limit_bytes(self) -> int:
        return self.max_file_bytes * max(self.max_select, 1)

    # --- column ---

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.list_column(vendor, is_multiple=self.is_multiple)

    def model_field(self) -> Any:
        return model_field(TextColumn, self)

    # --- values ---

    @property
    def zero(self) -> FileValue:
        return [] if self.is_multiple else ""

    def clean(self, raw: Any) -> FileValue:
        items = _items(raw)
        if self.is_multiple:
            return items
        return items[-1] if items else ""

    def plain(self, given: Any) -> Any:
        """Names and files: ours, or Django's, which are read here."""
        given = simplified(given)
        if isinstance(given, str):
            return given  # perhaps the JSON of several
        items = [given] if isinstance(given, File) else as_items(given)
        found = [_plain_file(item) for item in items]
        return found if self.is_multiple or len(found) < 2 else refuse()

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        items = self.as_list(value)
        if not items:
            return required() if self.required else None
        known = set(self.file_names(context.stored))
        unknown = [item for item in items if isinstance(item, str) and item not in known]
        if unknown:
            shown = [_cut(name, _SHOWN_INVALID_BYTES) for name in unknown]
            return FieldError(
                "validation_invalid_file",
                f"Invalid new files: [{' '.join(shown)}].",
                {"invalidFiles": shown},
            )
        most = max(self.max_select, 1)
        if len(items) > most:
            return FieldError(
                "validation_too_many_files", f"The maximum allowed files is {most}.", {"maxSelect": most}
            )
        errors = (self._upload_error(upload) for upload in self.pending_files(value))
        return next((error for error in errors if error is not None), None)

    def _upload_error(self, upload: PendingFile) -> FieldError | None:
        too_long = length_error(upload.name, _NAME_BYTES)
        if too_long is not None:
            return too_long
        if upload.name and not _LOOSE_NAME.fullmatch(upload.name):
            return match_error()
        if upload.size_bytes > self.max_file_bytes:
            shown = _cut(upload.original_name, _SHOWN_NAME_BYTES, mark="...")
            return FieldError(
                "validation_file_size_limit",
                f"Failed to upload {shown} - the maximum allowed file size is {self.max_file_bytes} bytes.",
                {"file": shown, "maxSize": self.max_file_bytes},
            )
        if not self.mime_types:
            return None
        found = upload.mime_type()
        if any(found.is_a(allowed) for allowed in self.mime_types):
            return None
        return FieldError(
            "validation_invalid_mime_type",
            f'"{upload.name}" mime type must be one of: {", ".join(self.mime_types)}.',
        )

    def from_db(self, stored: Any) -> str | list[str]:
        return list_from_db(stored) if self.is_multiple else last_from_db(stored)

    def to_db(self, value: Any) -> str:
        names = self.file_names(value)
        if self.is_multiple:
            return go_json(names)
        return names[-1] if names else ""

    def to_json(self, value: Any) -> Any:
        # Loaded values are names already, and answers are full of them.
        if type(value) is str or (type(value) is list and all(type(item) is str for item in value)):
            return value
        return self.settled(value)

    def to_rule(self, value: Any) -> Any:
        return [_as_rule_value(item) for item in value] if isinstance(value, list) else _as_rule_value(value)

    @cached_property
    def decoder(self) -> Any:
        return list_from_db if self.is_multiple else last_from_db

    # --- abilities ---

    def as_list(self, value: Any) -> list[FileItem]:
        return _items(value)

    def pending_files(self, value: Any) -> list[PendingFile]:
        return [item for item in self.as_list(value) if isinstance(item, PendingFile)]

    def file_names(self, value: Any) -> list[str]:
        return [_name_of(item) for item in self.as_list(value)]

    def settled(self, value: Any) -> str | list[str]:
        if type(value) is str:
            return value
        return self.file_names(value) if isinstance(value, list) else _name_of(value)

    @property
    def modifiers(self) -> Mapping[str, Modify]:
        return {
            f"{self.name}+": lambda current, raw: self.clean(self.as_list(current) + _items(raw)),
            f"+{self.name}": lambda current, raw: self.clean(_items(raw) + self.as_list(current)),
            f"{self.name}-": self._without,
        }

    def _without(self, current: Any, raw: Any) -> FileValue:
        gone = {_name_of(item) for item in _items(raw)}
        return self.clean([item for item in self.as_list(current) if _name_of(item) not in gone])


def _thumb_error(thumb: str) -> FieldError | None:
    if thumb in _EMPTY_THUMBS:
        return FieldError("validation_not_in_invalid", "Must not be in list.")
    return match_error() if thumb and not _THUMB.fullmatch(thumb) else None


def _items(raw: Any) -> list[FileItem]:
    """Names and uploads, each name once."""
    found: list[FileItem] = []
    if isinstance(raw, PendingFile):
        found = [raw]
    elif isinstance(raw, list | tuple):
        for item in raw:
            # Of an item that is several files itself nothing is taken.
            inner = _items(item)
            found += inner if len(inner) == 1 else []
    else:
        found = list(to_unique_strings(raw))
    by_name: dict[str, FileItem] = {}
    for item in found:
        by_name.setdefault(_name_of(item), item)
    return list(by_name.values())


def _plain_file(item: Any) -> FileItem:
    if isinstance(item, File):
        name = (item.name or "").replace("\\", "/").rsplit("/", 1)[-1]
        item.seek(0)
        return PendingFile.from_bytes(name, item.read())
    return item if isinstance(item, str | PendingFile) else refuse()


def _name_of(item: FileItem) -> str:
    return item if type(item) is str else item.name if isinstance(item, PendingFile) else item


def _as_rule_value(item: FileItem) -> Any:
    if not isinstance(item, PendingFile):
        return item
    return {"name": item.name, "originalName": item.original_name, "size": float(item.size_bytes)}


def _cut(text: str, most_bytes: int, *, mark: str = "") -> str:
    """The beginning of a text, with a mark where something is missing."""
    encoded = text.encode()
    return text if len(encoded) <= most_bytes else encoded[:most_bytes].decode(errors="replace") + mark
