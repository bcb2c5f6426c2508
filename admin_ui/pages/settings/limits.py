"""The screen of the rate limits: beside its inputs a row for each rule."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from admin_ui.pages.settings.sections import DO, SectionPage, Shown
from admin_ui.settings.forms import Submitted, digest, put
from admin_ui.settings.limits import (
    MOST_ROWS,
    PATH,
    Row,
    filled_rows,
    in_order,
    known_labels,
    rows_of,
    sent_rows,
    with_errors,
)
from admin_ui.settings.sections import value_at
from platform_app.wire.json_encoding import encode

_NEW = Row(max_requests="200", duration="3")


class RateLimitsPage(SectionPage):
    name = "rate-limits"

    def read_more(self, request: HttpRequest, submitted: Submitted) -> None:
        if len(request.POST.getlist("rule.label")) > MOST_ROWS:
            submitted.errors[PATH] = _("More than %(count)d limits are not saved here.") % {
                "count": MOST_ROWS
            }
            return
        rows = in_order(filled_rows(request.POST))
        rules = [row.as_rule() for row in rows]
        if _digest(rules) != request.POST.get(f"was.{PATH}"):
            put(submitted.changes, PATH, rules)

    def do(self, request: HttpRequest, submitted: Submitted) -> None:
        """Nothing: `more_context` adds and leaves out rows."""

    def more_context(self, request: HttpRequest, shown: Shown) -> dict[str, Any]:
        stored = value_at(shown.settings, PATH) or []
        if shown.submitted is None:
            rows = rows_of(stored)
        elif DO in request.POST:
            rows = _done(request.POST[DO], sent_rows(request.POST))
        else:
            rows = with_errors(in_order(filled_rows(request.POST)), shown.errors)
        return {
            "rows": rows,
            "opens_help": any("label" in row.errors for row in rows),
            "rows_error": shown.errors.get(PATH, ""),
            "rows_were": _digest([row.as_rule() for row in rows_of(stored)]),
            "new_row": _NEW,
            "known_labels": known_labels(),
            "audiences": (("", _("Everyone")), ("@guest", _("Guests")), ("@auth", _("Signed in"))),
        }


def _done(what: str, rows: list[Row]) -> list[Row]:
    """`what` is "add", or the number of the row that goes."""
    if what == "add":
        return [*rows, _NEW]
    return [row for at, row in enumerate(rows) if str(at) != what]


def _digest(rules: Any) -> str:
    return digest(encode(rules).decode())
