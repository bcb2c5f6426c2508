"""What the form of a collection holds, its name, fields and indexes, and what of it is to be saved."""

from dataclasses import dataclass, replace
from dataclasses import field as member
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from admin_ui.collection.field_options import TYPES
from admin_ui.collection.field_rows import (
    Row,
    copy_of,
    first_message,
    free_name,
    new_row,
    put_errors,
    read_rows,
    row_like,
    row_of,
)
from admin_ui.collection.following_rules import followed_rules
from admin_ui.collection.index_rows import (
    IndexRow,
    copied_index,
    following,
    index_rows_of,
    new_index_row,
    read_index_rows,
)
from collections_app.collection import Collection
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.scaffolds import autodate_fields
from collections_app.tables.indexes import parse_index
from platform_app.database.ids import LOWER_ALPHANUMERIC, random_text
from platform_app.wire.errors import ApiError, FieldError

Json = dict[str, Any]

KINDS = ("base", "auth", "view")
_KEY_LETTERS = 6


@dataclass
class Design:
    """`base` is the collection that the form was made of: stored, or a blank one of the type.

    `errors` are those of members without inputs here, by name; `problem` is the sentence above all.
    """

    base: Collection
    name: str
    rows: list[Row] = member(default_factory=list)
    index_rows: list[IndexRow] = member(default_factory=list)
    view_query: str = ""
    is_new: bool = False
    name_error: str = ""
    query_error: str = ""
    problem: str = ""
    errors: dict[str, str] = member(default_factory=dict)

    @property
    def kept_rows(self) -> list[Row]:
        return [row for row in self.rows if not row.is_removed]

    @property
    def kept_index_rows(self) -> list[IndexRow]:
        return [row for row in self.index_rows if not row.is_removed]

    @property
    def is_unreadable(self) -> bool:
        """Whether something is filled in that is no value of its kind."""
        return any(row.texts for row in self.kept_rows)

    @property
    def faulty_members(self) -> list[str]:
        """The members of the definition that have an error, for the marks at the tabs."""
        has_row_error = any(row.errors for row in self.rows) or any(row.error for row in self.index_rows)
        here = ["fields"] if has_row_error or self.name_error else []
        return [*here, *self.errors]

    @property
    def is_renamed(self) -> bool:
        return not self.is_new and self.name != self.base.name

    @property
    def is_reordered(self) -> bool:
        """Whether the stored fields stand in another order."""
        stored = [row.stored.id for row in self.rows if row.stored]
        return not self.is_new and stored != [field.id for field in self.base.fields]

    @property
    def has_reordered_indexes(self) -> bool:
        stored = [row.was for row in self.index_rows if row.was]
        return stored != [text for text in self.base.indexes if text in stored]

    # --- what people do to it ---

    def do(self, deed: str) -> None:
        """What a button does to the form saving nothing: `add:TYPE`, `copy:KEY`, `up:KEY`, `add-index`."""
        verb, _, of = deed.partition(":")
        taken = [row.name for row in self.rows]
        place = next((at for at, row in enumerate(self.rows) if row.key == of), None)
        if verb == "add" and of in TYPES:
            self._insert(new_row(of, _new_key(), taken))
        elif verb == "copy" and place is not None:
            self.rows.insert(place + 1, copy_of(self.rows[place], _new_key(), taken))
        elif verb in {"up", "down"} and place is not None:
            to = max(place - 1, 0) if verb == "up" else place + 1
            self.rows[place].is_open = True
            self.rows.insert(to, self.rows.pop(place))
        elif verb == "add-index":
            self.index_rows.append(new_index_row(_new_key(), self.name))
        elif verb == "type" and of in KINDS and self.is_new:
            self.change_type(of)

    def change_type(self, kind: str) -> None:
        """Own fields stay; those of the system come and go, and indexes on what is gone (CE-02)."""
        own = [row for row in self.rows if not row.is_system]
        self.base = blank_collection(kind, self.name)
        self.rows = [row_like(field, f"s{at}") for at, field in enumerate(self.base.fields)] + own
        names = {row.name.lower() for row in self.rows}
        self.index_rows = [row for row in self.index_rows if _columns_of(row.text) <= names]

    def _insert(self, row: Row) -> None:
        """Before the dates that stand last."""
        at = len(self.rows)
        while at and self.rows[at - 1].type == "autodate":
            at -= 1
        self.rows.insert(at if row.type != "autodate" else len(self.rows), row)

    # --- what is saved ---

    def changes(self) -> Json:
        """The members of a PATCH of `base`, or of a POST for a new collection."""
        changes: Json = {} if self.base.system else {"name": self.name}
        if self.base.is_view:
            return {**changes, "viewQuery": self.view_query} if self.is_new else changes
        changes["fields"] = [row.definition for row in self.kept_rows]
        new_names = self._new_names()
        changes["indexes"] = self._indexes(new_names)
        if not self.is_new and (new_names or self.is_renamed):
            rules: Json = dict(followed_rules(self.base, new_names, self.name))
            if "mfaRule" in rules:
                changes["mfa"] = {"rule": rules.pop("mfaRule")}
            changes |= rules
            if self.base.is_auth:
                changes |= self._options(new_names)
        return changes

    def _new_names(self) -> dict[str, str]:
        """Of stored fields that get another name, by their old ones in lower case."""
        return {
            row.was_name.lower(): row.name
            for row in self.kept_rows
            if row.stored and row.was_name != row.name
        }

    def _indexes(self, new_names: dict[str, str]) -> list[str]:
        current = frozenset(row.name.lower() for row in self.kept_rows)
        removed = frozenset(row.was_name.lower() for row in self.rows if row.is_removed and row.stored)
        kept = []
        for row in list(self.kept_index_rows):
            text = following(row, new_names, removed, current)
            row.is_removed = text is None
            if text is not None:
                kept.append(text)
        return kept

    def _options(self, new_names: dict[str, str]) -> Json:
        """By what people sign in, and where providers' answers go, under the new names."""
        auth = self.base.options
        identities = (auth.get("passwordAuth") or {}).get("identityFields") or []
        mapped = (auth.get("oauth2") or {}).get("mappedFields") or {}
        return {
            "passwordAuth": {"identityFields": [new_names.get(name.lower(), name) for name in identities]},
            "oauth2": {
                "mappedFields": {key: new_names.get(name.lower(), name) for key, name in mapped.items()}
            },
        }

    # --- what is wrong ---

    def tell(self, error: ApiError) -> None:
        """Put what was refused where it was filled in."""
        self.problem = gettext("Nothing was saved: look at what is marked.") if error.data else error.message
        for name, one in error.data.items():
            if name == "name" and isinstance(one, FieldError):
                self.name_error = one.message
            elif name == "fields":
                rest = put_errors(self.kept_rows, one)
                if rest:
                    self.errors["fields"] = rest
            elif name == "indexes" and not isinstance(one, FieldError):
                for place, index_error in one.items():
                    row = self.kept_index_rows[int(place)]
                    row.error, row.is_open = first_message(index_error), True
            elif name == "viewQuery" and self.is_new:
                self.query_error = first_message(one)
            else:
                self.errors[name] = first_message(one)


def design_of(collection: Collection) -> Design:
    rows = [row_of(field, str(at)) for at, field in enumerate(collection.fields)]
    return Design(collection, collection.name, rows, index_rows_of(collection.indexes))


def new_design(kind: str) -> Design:
    """An empty one with the fields of its type and two dates, as the reference's dashboard has it."""
    base = blank_collection(kind if kind in KINDS else "base", "")
    rows = [row_like(field, f"s{at}") for at, field in enumerate(base.fields)]
    if not base.is_view:
        rows += [row_like(field, f"d{at}") for at, field in enumerate(autodate_fields())]
    return Design(base, "", rows, is_new=True)


def base_like(like: Collection) -> Collection:
    """A collection as the start of another one: whatever was the system's own about it is not (CE-09)."""
    defaults = {field.name for field in blank_collection(like.type, "").fields}
    fields = tuple(replace(field, system=field.name in defaults) for field in like.fields)
    return replace(like, system=False, fields=fields)


def copied_design(like: Collection, taken: list[str]) -> Design:
    """A new one with the same fields and indexes; ids and the names of indexes are its own."""
    base = base_like(like)
    design = Design(base, free_name(f"{like.name}_duplicate", taken), is_new=True)
    if like.is_view:
        design.view_query = like.view_query
        return design
    design.rows = [row_like(field, f"c{at}") for at, field in enumerate(base.fields)]
    design.index_rows = [
        IndexRow(f"c{at}", copied_index(text, design.name)) for at, text in enumerate(like.indexes)
    ]
    return design


def read_design(post: QueryDict, base: Collection, *, is_new: bool = False) -> Design:
    """What was filled in, in a form that was made of `base`."""
    name = base.name if base.system and not is_new else post.get("name", "").strip()
    design = Design(base, name, is_new=is_new)
    design.view_query = post.get("viewQuery", "").replace("\r\n", "\n")
    if not base.is_view:
        design.rows = read_rows(post, base.fields)
        design.index_rows = read_index_rows(post, base.indexes)
    if not is_new:
        # What somebody else added since stays, rather than going unseen.
        sent = {row.stored.id for row in design.rows if row.stored}
        missing = [field for field in base.fields if field.id not in sent and not base.is_view]
        design.rows += [row_of(field, _new_key()) for field in missing]
    return design


def _columns_of(text: str) -> set[str]:
    index = parse_index(text)
    return {column.name.lower() for column in index.columns if not column.is_expression} if index else set()


def _new_key() -> str:
    return f"n{random_text(_KEY_LETTERS, LOWER_ALPHANUMERIC)}"
