"""`collection_model("posts")`: collections as ordinary Django models, for everybody who extends Joey."""

from collections_app.catalog import catalog
from collections_app.schema.dynamic_models import CollectionModel


def collection_model(name_or_id: str) -> type[CollectionModel]:
    """The model of a collection in the current schema snapshot.

    Ask for it where you use it, rather than once at import: after a schema change the old class is stale.
    Raises LookupError when there is no such collection.

    Example: `collection_model("posts").objects.filter(title__startswith="a")`.
    """
    return catalog().models.model(name_or_id)
