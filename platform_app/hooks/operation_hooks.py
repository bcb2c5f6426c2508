"""The hooks of one kind of save or delete: those of what is saved beside those of models."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

from platform_app.hooks.groups import HookGroup
from platform_app.hooks.hook import Hook

OperationType = Literal["create", "update", "delete", "validate"]


@dataclass(frozen=True)
class OperationHooks:
    """`own` are those of the one kind of thing, `model` those that fire for every kind."""

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


def hooks_of(
    owner: Literal["record", "collection"], declared: Mapping[str, Any]
) -> dict[OperationType, OperationHooks]:
    """The hooks of `owner` by kind of operation, found by their names among those that a module declares."""
    kinds: tuple[OperationType, ...] = ("create", "update", "delete")
    return {
        kind: OperationHooks(
            own=declared[f"{owner}_{kind}"],
            model=declared[f"model_{kind}"],
            own_execute=declared[f"{owner}_{kind}_execute"],
            model_execute=declared[f"model_{kind}_execute"],
            own_success=declared[f"{owner}_after_{kind}_success"],
            model_success=declared[f"model_after_{kind}_success"],
            own_error=declared[f"{owner}_after_{kind}_error"],
            model_error=declared[f"model_after_{kind}_error"],
        )
        for kind in kinds
    }
