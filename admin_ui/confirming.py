"""Dangerous deeds ask to type a name (`admin_ui/typed_name.html`), here checked, whatever the browser did."""

from django.http import HttpRequest

TYPED_NAME = "typed_name"


def has_typed(request: HttpRequest, name: str) -> bool:
    return request.POST.get(TYPED_NAME, "").strip() == name
