"""Hooks that belong together: asked together whether anybody listens, and run as one chain."""

from contextlib import AbstractContextManager

from platform_app.hooks.chains import ALONE, chain
from platform_app.hooks.event import Event, Tags
from platform_app.hooks.hook import Hook

_MOST_ANSWERS = 1000


class HookGroup:
    """Hooks that run in one piece of work, asked together whether anybody will receive it.

    The answer is kept by the work's tags until a receiver comes or goes: work that asks every time, before it
    does anything else, asks with one look.
    """

    def __init__(self, *hooks: Hook) -> None:
        self._hooks = hooks
        self._answers: dict[Tags, bool] = {}
        for hook in hooks:
            hook.changed.append(self._forget)

    def has_receivers_for(self, tags: Tags) -> bool:
        """Whether a receiver of one of the hooks takes events with these tags."""
        answers = self._answers
        answer = answers.get(tags)
        if answer is None:
            if len(answers) >= _MOST_ANSWERS:
                answers.clear()
            answer = answers[tags] = any(hook.has_receivers_for(tags) for hook in self._hooks)
        return answer

    def _forget(self) -> None:
        # Another dictionary: somebody may be about to note an answer that was true before.
        self._answers = {}


def around_front(record_hook: Hook, model_hook: Hook, event: Event) -> AbstractContextManager[bool]:
    """The receivers of both hooks that come before what the server itself does, the model's first."""
    if _nobody_receives(record_hook, model_hook, event):
        return ALONE
    return chain(event, model_hook.front(), record_hook.front())


def around_rest(record_hook: Hook, model_hook: Hook, event: Event) -> AbstractContextManager[bool]:
    """The other receivers: those of the record's hook, and within them those of the model's."""
    if _nobody_receives(record_hook, model_hook, event):
        return ALONE
    return chain(event, record_hook.rest(), model_hook.rest())


def around_both(record_hook: Hook, model_hook: Hook, event: Event) -> AbstractContextManager[bool]:
    """All receivers of both hooks, where the server itself does nothing in between."""
    if _nobody_receives(record_hook, model_hook, event):
        return ALONE
    parts = (model_hook.front(), record_hook.front(), record_hook.rest(), model_hook.rest())
    return chain(event, *parts)


def _nobody_receives(record_hook: Hook, model_hook: Hook, event: Event) -> bool:
    """Whether no receiver of either takes the event; asked of the hooks, however many receivers they have."""
    if not record_hook.has_listeners() and not model_hook.has_listeners():
        return True
    tags = event.tags
    return not record_hook.has_receivers_for(tags) and not model_hook.has_receivers_for(tags)
