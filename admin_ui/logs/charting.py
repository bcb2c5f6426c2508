"""A timeline of the log as `plot.js` draws it."""

from typing import Any

from django.utils.translation import gettext

from system_app.logs.browsing import Timeline

_TICKS = 8


def plot_of(found: Timeline, level: str) -> dict[str, Any]:
    """JSON for `<figure data-plot>`: spans by their first seconds since 1970, and what is drawn of each.

    All entries as a line and those that tell of trouble as bars; of one level only that.
    """
    counts = found.counts
    chosen = [counts[level]] if level else list(counts.values())
    series = [
        {
            "label": gettext("entries"),
            "kind": "steps",
            "values": [sum(span) for span in zip(*chosen, strict=True)],
        }
    ]
    for name, words, tone in (("warn", gettext("warnings"), "warn"), ("error", gettext("errors"), "bad")):
        if level in {"", name}:
            series.append({"label": words, "kind": "bars", "tone": tone, "values": counts[name]})
    return {
        "seconds": found.seconds,
        "x": [int(begin.timestamp()) for begin in found.begins],
        "series": series,
    }


def axis_of(found: Timeline) -> list[str]:
    """Some moments of a timeline, for its axis, in UTC."""
    every = max(len(found.begins) // _TICKS, 1)
    style = "%m-%d" if found.seconds >= 24 * 60 * 60 else "%H:%M" if found.seconds < 3600 else "%m-%d %H:%M"
    return [f"{begin:{style}}" for begin in found.begins[::every]]
