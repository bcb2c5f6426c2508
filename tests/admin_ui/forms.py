"""Forms of the dashboard as a browser without scripts sends them."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from tests.admin_ui.dashboard import FORM

Values = dict[str, list[str]]


class _Form(HTMLParser):
    """The successful controls of the form with an id."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.values: Values = {}
        self._is_inside = False
        self._templates = 0
        self._text_of = ""
        self._text = ""
        self._select: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("id") == self.form_id:
            self._is_inside = True
        if tag == "template":
            self._templates += 1
        name = given.get("name") or ""
        if not self._is_inside or self._templates:
            return
        if tag == "input" and name and given.get("type") not in ("submit", "image"):
            is_box = given.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in given:
                self.values.setdefault(name, []).append(given.get("value") or ("on" if is_box else ""))
        elif tag == "textarea":
            self._text_of, self._text = name, ""
        elif tag == "select":
            self._select = (name, [])
        elif tag == "option" and self._select and ("selected" in given or not self._select[1]):
            self._select = (self._select[0], [given.get("value") or ""])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "template":
            self._templates -= 1
        elif tag == "textarea" and self._text_of:
            self.values.setdefault(self._text_of, []).append(self._text.removeprefix("\n"))
            self._text_of = ""
        elif tag == "select" and self._select:
            self.values.setdefault(self._select[0], []).extend(self._select[1])
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._text_of:
            self._text += data


def values_of(response: Any, form_id: str) -> Values:
    parser = _Form(form_id)
    parser.feed(response.content.decode())
    assert parser.values, "there is no such form"
    return parser.values


def send(client: Any, path: str, values: Values, headers: dict[str, str] | None = None) -> Any:
    return client.post(path, urlencode(values, doseq=True), content_type=FORM, headers=headers)


def fill(client: Any, path: str, form_id: str, **changes: Any) -> Any:
    """Open the page, fill in what is named (None takes it away; `__` stands for a dot), and send it."""
    values = values_of(client.get(path), form_id)
    for name, value in changes.items():
        key = name.replace("__", ".")
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value if isinstance(value, list) else [value]
    return send(client, path, values)
