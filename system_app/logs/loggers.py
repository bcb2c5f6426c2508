"""Loggers that carry attributes along.

    log = logger("shop").bind(order=order.id)
    log.info("paid", amount=12)                    # {"order": "...", "amount": 12}
    log.group("payment").error("refused", code=7)  # {"order": "...", "payment": {"code": 7}}

They are Python's own loggers underneath: levels, handlers and filters count as usual.
"""

import logging
from collections.abc import Mapping, MutableMapping
from typing import Any, Self

from system_app.logs.log_handler import ATTRIBUTES

# What `logging` itself takes in a call.
_OWN = ("exc_info", "extra", "stack_info", "stacklevel")


class BoundLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger whose calls take attributes as keywords; bound ones come with every entry."""

    def __init__(
        self, logger: logging.Logger, bound: Mapping[str, Any] | None = None, groups: tuple[str, ...] = ()
    ) -> None:
        super().__init__(logger, {})
        self._bound = dict(bound or {})
        self._groups = groups

    def bind(self, **attributes: Any) -> Self:
        """The same logger with these attributes, in the group that is open."""
        return type(self)(self.logger, self._with(attributes), self._groups)

    def group(self, name: str) -> Self:
        """The same logger; what is bound or logged from here on stands in an object called `name`."""
        return type(self)(self.logger, self._bound, (*self._groups, name))

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        own = {key: kwargs[key] for key in _OWN if key in kwargs}
        attributes = {key: value for key, value in kwargs.items() if key not in _OWN}
        own["extra"] = {**(own.get("extra") or {}), ATTRIBUTES: self._with(attributes)}
        return msg, own

    def _with(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """What is bound, with more of it in the open group; nothing that is shared is changed."""
        found = dict(self._bound)
        if not attributes:
            return found
        inner = found
        for name in self._groups:
            known = inner.get(name)
            inner[name] = inner = dict(known) if isinstance(known, dict) else {}
        inner.update(attributes)
        return found


def logger(name: str, **attributes: Any) -> BoundLogger:
    """The logger called `name`, with attributes bound to it."""
    return BoundLogger(logging.getLogger(name), attributes)
