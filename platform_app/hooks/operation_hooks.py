"""The hooks of one kind of save or delete: those of records or collections beside those of models."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Literal

from collections_app import events
from collections_app.events import Hook, OperationType
from platform_app.hooks.chains import HookGroup


@dataclass(frozen=True)
class OperationHooks:
    """`own` are the record's or the collection's, `model` those that fire for both."""

    own: Hook
    model: Hook
    own_execute: Hook
    model_execute: Hook
    own_success: Hook
    model_success: Hook
    own_error: Hook
    model_error: Hook

    @cached_property
    def group(self) -> HookGroup:
        """All of them."""
        return HookGroup(*self.all)

    @cached_property
    def execute(self) -> HookGroup:
        """Those around the write itself."""
        return HookGroup(self.own_execute, self.model_execute)

    @property
    def all(self) -> tuple[Hook, ...]:
        return tuple(getattr(self, hook.name) for hook in fields(self))


def hooks_of(owner: Literal["record", "collection"]) -> dict[OperationType, OperationHooks]:
    """The hooks of `owner` by kind of operation, found by their names in `collections_app.events`."""
    kinds: tuple[OperationType, ...] = ("create", "update", "delete")
    return {kind: _hooks_of(owner, kind) for kind in kinds}


def _hooks_of(owner: str, kind: str) -> OperationHooks:
    def hook(name: str) -> Hook:
        found: Hook = getattr(events, name)
        return found

    return OperationHooks(
        own=hook(f"{owner}_{kind}"),
        model=hook(f"model_{kind}"),
        own_execute=hook(f"{owner}_{kind}_execute"),
        model_execute=hook(f"model_{kind}_execute"),
        own_success=hook(f"{owner}_after_{kind}_success"),
        model_success=hook(f"model_after_{kind}_success"),
        own_error=hook(f"{owner}_after_{kind}_error"),
        model_error=hook(f"model_after_{kind}_error"),
    )
