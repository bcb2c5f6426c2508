"""The files that a request brings for a record, by the names of their parts."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from collections_app.fields.file_names import PendingFile

Uploads = Mapping[str, Sequence[PendingFile]]

# Instead of those of a request that announces a form and has no body: who looks for files in it fails.
NO_FORM: Uploads = MappingProxyType({})
