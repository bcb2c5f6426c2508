"""Record: one row of a collection in decoded form."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self

from collections_app.collection import Collection
from collections_app.fields.file_field import FileField
from collections_app.fields.file_names import PendingFile
from collections_app.fields.geo_point_field import GeoPoint, GeoPointField, geo_point
from collections_app.fields.password_field import Password
from collections_app.fields.python_values import is_expression
from collections_app.passwords import matches
from collections_app.records.keys import keys_of
from collections_app.system_names import SUPERUSERS
from platform_app.database.ids import random_text
from platform_app.wire.casting import to_bool, to_float, to_int, to_string, to_unique_strings
from platform_app.wire.datetimes import parse_datetime
from platform_app.wire.json_decoding import decode_stored_json
from platform_app.wire.raw_json import RawJson

TOKEN_KEY_LENGTH = 50


class Record:
    """A row's values by field name, with the collection that gives them meaning.

    `original` holds the values as they were loaded (None for a new record); `loaded` are the same as a row
    in the order of the collection's fields, from which `original` is made when somebody asks. `expand` is
    what an expand request found; `extra` computed values that a hook adds to the answer; `shown` and
    `concealed` are field names whose visibility a hook or the caller's rights changed; `expressions` those
    that are evaluated when the record is saved. `stored_row` is the row as the database gave it, until this
    is written: a write compares the stored one with it. `reserved_id` is the id that a new record gets when
    it is saved without one: its files may be stored already. With `keeps_dangling` a relation to what is gone
    is no error while nobody changes it. `custom` holds values that belong to no field,
    which are in answers when this `shows_custom` ones.
    """

    # Most records of a list never differ from these, and are made by the hundred.
    expand: dict[str, Any] | None = None
    extra: dict[str, Any] | None = None
    custom: Mapping[str, Any] = MappingProxyType({})  # replaced, never changed
    shows_custom: bool = False
    shown: frozenset[str] = frozenset()
    expressions: frozenset[str] = frozenset()
    concealed: frozenset[str] = frozenset()
    stored_row: Sequence[Any] | None = None
    reserved_id: str = ""
    keeps_dangling: bool = False

    def __init__(
        self,
        collection: Collection,
        values: dict[str, Any],
        *,
        original: Mapping[str, Any] | None = None,
        loaded: Sequence[Any] | None = None,
    ) -> None:
        self.collection = collection
        self.values = values
        self._original = original
        self._loaded = loaded

    @property
    def original(self) -> Mapping[str, Any] | None:
        if self._original is None and self._loaded is not None:
            names = (field.name for field in self.collection.fields)
            self._original = dict(zip(names, self._loaded, strict=True))
        return self._original

    @original.setter
    def original(self, values: Mapping[str, Any] | None) -> None:
        self._original = values
        self._loaded = None

    @property
    def id(self) -> str:
        value: str = self.values["id"]
        return value

    @property
    def is_new(self) -> bool:
        return self._loaded is None and self._original is None

    @property
    def is_superuser(self) -> bool:
        return self.collection.name == SUPERUSERS

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        """Set a field to a value that has an obvious form in it, or to an expression such as `F("n") + 1`.

        Raises TypeError, naming the field, for anything else.
        """
        field = self.collection.fields_by_name.get(name)
        if field is None:
            raise KeyError(f"{self.collection.name} has no field {name!r}")
        if is_expression(value):
            self.values[name] = value
            self.expressions |= {name}
            return
        self.values[name] = field.accept(value)
        if self.expressions:
            self.expressions -= {name}

    def follow(self, stored: "Record") -> None:
        """Take over what changed in the database since this was read, but for what was set here since."""
        read = self.original or {}
        for name, value in stored.values.items():
            if self.values[name] == read.get(name):
                self.values[name] = value
        self.original = stored.original

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __repr__(self) -> str:
        return f"<Record {self.collection.name}/{self.values.get('id', '')}>"

    # --- setting ------------------------------------------------------------------------------------

    def set(self, key: str, value: Any) -> None:
        """Set a field by its name or by a modifier (`tags+`, `+tags`, `tags-`, `slug:autogenerate`).

        Another key is a custom value of this record: it is not stored, and only in answers
        `with_custom_data`. Raises TypeError for what has no obvious form in the field.
        """
        if key in self.collection.fields_by_name:
            self[key] = value
            return
        known = keys_of(self.collection).get(key)
        if known is None:
            self.custom = {**self.custom, key: value}
            return
        name, modify = known
        if name in self.expressions:
            raise TypeError(f"{key!r} cannot modify an expression that is not evaluated yet")
        given = self.collection.fields_by_name[name].accept_input(value)
        self.values[name] = modify(self.values[name], given)

    def load(self, data: Mapping[str, Any]) -> None:
        """`set` every item, in their order."""
        for key, value in data.items():
            self.set(key, value)

    # --- getting ------------------------------------------------------------------------------------

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field or a custom one, as it is; `files:unsaved` are the uploads of a field."""
        if name in self.values:
            return self.values[name]
        if name.endswith(":unsaved"):
            return self.get_unsaved_files(name.removesuffix(":unsaved"))
        return self.custom.get(name, default)

    def get_string(self, name: str) -> str:
        """As text: numbers in plain decimals, json and points as JSON; a list is "".

        Of a password that was just set it is the plain text, of a stored one nothing.
        """
        field = self.collection.fields_by_name.get(name)
        if isinstance(field, GeoPointField):
            return field.to_db(self.values[name])
        return str(to_string(self._plain(name)))

    def get_bool(self, name: str) -> bool:
        value = self._plain(name)
        return not isinstance(value, RawJson) and to_bool(value)

    def get_int(self, name: str) -> int:
        """As an integer: decimals are cut off, and what is no number is 0."""
        value = self._plain(name)
        return 0 if isinstance(value, RawJson) else to_int(value)

    def get_float(self, name: str) -> float:
        value = self._plain(name)
        return 0.0 if isinstance(value, RawJson) else to_float(value)

    def get_datetime(self, name: str) -> datetime | None:
        """The moment, in UTC; None for what is none, or none that `datetime` can hold (years 1 to 9999)."""
        try:
            return datetime.fromisoformat(parse_datetime(self.get(name)))
        except ValueError:
            return None

    def get_string_slice(self, name: str) -> list[str]:
        """The texts of a field with one or several, without empty ones and doubles."""
        value = self._plain(name)
        if isinstance(value, RawJson):
            items = decode_stored_json(value)
            is_texts = isinstance(items, list) and all(isinstance(item, str) for item in items)
            return to_unique_strings(items) if is_texts else []
        return to_unique_strings([_name_of(item) for item in value] if isinstance(value, list) else value)

    def get_geo_point(self, name: str) -> GeoPoint:
        return geo_point(self.get(name))

    def get_json(self, name: str) -> Any:
        """What a `json` field holds, decoded anew for each call."""
        value = self.get(name)
        return decode_stored_json(value) if isinstance(value, RawJson) else value

    def get_unsaved_files(self, name: str) -> list[PendingFile]:
        """The uploads that a file field holds until the record is saved."""
        field = self.collection.fields_by_name.get(name)
        return field.pending_files(self.values[name]) if isinstance(field, FileField) else []

    def _plain(self, name: str) -> Any:
        value = self.get(name)
        field = self.collection.fields_by_name.get(name)
        return field.to_rule(value) if field is not None and field.is_secret else value

    # --- related records ----------------------------------------------------------------------------

    def expanded_one(self, key: str) -> "Record | None":
        """The related record that was expanded under `key`, of several the first."""
        return next(iter(self.expanded_all(key)), None)

    def expanded_all(self, key: str) -> "list[Record]":
        related: Record | list[Record] = (self.expand or {}).get(key, [])
        return related if isinstance(related, list) else [related]

    # --- what answers show --------------------------------------------------------------------------

    def hide(self, *names: str) -> Self:
        """Leave fields or custom values out of answers, whoever asks."""
        self.concealed |= set(names)
        self.shown -= set(names)
        return self

    def unhide(self, *names: str) -> Self:
        """Show fields, hidden ones too. Passwords and token keys never are, nor is an address by this."""
        self.concealed -= set(names)
        self.shown |= set(names) - ({"email"} if self.collection.is_auth else set())
        return self

    def ignore_email_visibility(self, state: bool = True) -> Self:
        """Show the address of an auth record, whatever its `emailVisibility` says."""
        self.shown = self.shown | {"email"} if state else self.shown - {"email"}
        return self

    def with_custom_data(self, state: bool = True) -> Self:
        """Show what was `set` under keys of no field."""
        self.shows_custom = state
        return self

    # --- copies -------------------------------------------------------------------------------------

    def clone(self) -> Self:
        """A copy with everything: values, custom ones, what was expanded, what is shown."""
        twin = copy(self)
        twin.values = dict(self.values)
        twin.expand = None if self.expand is None else dict(self.expand)
        return twin

    def fresh(self) -> "Record":
        """A copy with the values alone, as they are by now."""
        twin = Record(self.collection, dict(self.values), original=self._original, loaded=self._loaded)
        twin.expressions, twin.stored_row = self.expressions, self.stored_row
        twin.reserved_id = self.reserved_id
        return twin

    # --- auth records -------------------------------------------------------------------------------

    def set_password(self, plain: str) -> None:
        """The same as setting `password`: the hash is made when the record is saved, the checks before."""
        self["password"] = plain

    def validate_password(self, plain: str) -> bool:
        """Whether this is the password, the stored one or the one that was just set."""
        value = self.get("password", "")
        return value.plain == plain if isinstance(value, Password) else matches(plain, value)

    def refresh_token_key(self) -> None:
        """Make every token of the record worthless once it is saved: a new key, as its field makes them."""
        self.set("tokenKey:autogenerate", "")
        # A field that makes none would leave every record the same key, and old tokens their worth.
        self.values["tokenKey"] = self.values.get("tokenKey") or random_text(TOKEN_KEY_LENGTH)


def _name_of(item: Any) -> Any:
    return item.name if isinstance(item, PendingFile) else item
