"""Why an adoption may be turned down."""


class AdoptionRefused(Exception):
    """The source cannot be adopted, or not into this target; nothing has been left behind."""
