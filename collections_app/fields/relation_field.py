"""`relation`: the ids of one or several records of another collection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Model

from collections_app.fields.base import OptionContext, ValueContext
from collections_app.fields.lists import HoldsTexts
from collections_app.fields.options import OptionError, range_error
from collections_app.fields.python_values import Unfit, as_text, is_record
from collections_app.fields.registry import register
from platform_app.wire.errors import FieldError, required

_NO_COLLECTION = "validation_missing_rel_collection"
_NO_RECORDS = "validation_missing_rel_records"
# The codes of the errors about what a relation leads to, not about the relation itself.
DANGLING = frozenset({_NO_COLLECTION, _NO_RECORDS})


@register
@dataclass(frozen=True, kw_only=True)
class RelationField(HoldsTexts):
    type: ClassVar[str] = "relation"

    collection_id: str = ""
    cascade_delete: bool = False
    min_select: int = 0

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        needs_max = self.min_select > 0 and not self.max_select
        return {
            "collectionId": self._collection_error(context) if self.collection_id else required(),
            "minSelect": range_error(self.min_select, 0),
            "maxSelect": required() if needs_max else _least_error(self.max_select, self.min_select),
        }

    def _collection_error(self, context: OptionContext) -> FieldError | None:
        stored = context.stored
        if isinstance(stored, RelationField) and stored.collection_id != self.collection_id:
            return FieldError(
                "validation_field_relation_change", "The relation collection cannot be changed."
            )
        target = context.find_collection(self.collection_id)
        if target is None or target.id != self.collection_id:
            return FieldError(
                "validation_field_relation_missing_collection", "The relation collection doesn't exist."
            )
        if target.is_view and not context.collection.is_view:
            return FieldError(
                "validation_relation_field_non_view_base_collection",
                "Only view collections are allowed to have relations to other views.",
            )
        return None

    def plain_item(self, item: Any) -> str:
        """The id of a record, whether a `Record` or an instance of its collection's model."""
        if not is_record(item):
            return as_text(item)
        record_id = item.pk if isinstance(item, Model) else item.id
        if item.collection.id != self.collection_id or not record_id:
            raise Unfit
        return as_text(record_id)

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        ids = self.as_list(value)
        if not ids:
            return required() if self.required else None
        if len(ids) < self.min_select:
            return FieldError(
                "validation_not_enough_values",
                f"Select at least {self.min_select}.",
                {"minSelect": self.min_select},
            )
        too_many = self.too_many_error(ids)
        if too_many is not None:
            return too_many
        found = context.count_records(self.collection_id, ids)
        if found is None:
            return FieldError(_NO_COLLECTION, "Relation connection is missing or cannot be accessed.")
        if found != len(ids):
            return FieldError(_NO_RECORDS, "Failed to find all relation records with the provided ids.")
        return None


def _least_error(value: int, minimum: int) -> FieldError | None:
    # There is no upper limit, not even the largest safe integer.
    return range_error(value, minimum, max(value, 0))
