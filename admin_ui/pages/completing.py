"""What editors of rules, filters and queries offer while one types: JSON for `code_editor.js`."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from admin_ui.answering import answering
from admin_ui.rules.completing import Option, completions
from admin_ui.rules.sql_names import sql_completions
from collections_app.catalog import catalog
from collections_app.views.guards import require_collection


@require_safe
@answering
def complete_rule(request: HttpRequest, collection: str) -> JsonResponse:
    """`?word=author.na`, for a rule of the collection; with `for=filter` for a filter of its list."""
    for_rule = request.GET.get("for") != "filter"
    word = request.GET.get("word", "")
    return _answer(completions(word, require_collection(collection), catalog(), for_rule=for_rule))


@require_safe
@answering
def complete_sql(request: HttpRequest) -> JsonResponse:
    return _answer(sql_completions(request.GET.get("word", ""), catalog()))


def _answer(options: list[Option]) -> JsonResponse:
    return JsonResponse({"options": [option.as_json() for option in options]})
