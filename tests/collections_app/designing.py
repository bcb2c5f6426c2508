"""A superuser who designs collections over HTTP."""

import json
from typing import Any

from django.test import Client

from auth_app.tokens import issue_auth_token
from tests.auth_app.accounts import join, stored

ID_FIELD = {
    "autogeneratePattern": "[a-z0-9]{15}",
    "help": "",
    "hidden": False,
    "id": "text3208210256",
    "max": 15,
    "min": 15,
    "name": "id",
    "pattern": "^[a-z0-9]+$",
    "presentable": False,
    "primaryKey": True,
    "required": True,
    "system": True,
    "type": "text",
}
DESIGNER = "designer0000001"


class Designer:
    """Sends requests with a superuser's token; answers are `(status, JSON or None)`."""

    def __init__(self) -> None:
        join("_superusers", DESIGNER, email="designer@example.com")
        self._client = Client()
        self.sign_in()

    def sign_in(self) -> None:
        self._token = issue_auth_token(stored("_superusers", DESIGNER))

    def __call__(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json"
    ) -> tuple[int, Any]:
        text = body if isinstance(body, str) else json.dumps(body)
        response = self._client.generic(
            method,
            f"/api/{path}",
            "" if body is None else text,
            content_type=kind,
            headers={"authorization": self._token},
        )
        return response.status_code, response.json() if response.content else None

    def make(self, name: str, /, *fields: dict[str, Any], **options: Any) -> dict[str, Any]:
        status, made = self("POST", "collections", {"name": name, "fields": list(fields), **options})
        assert status == 200, made
        answer: dict[str, Any] = made
        return answer

    def change(self, name: str, /, **options: Any) -> tuple[int, Any]:
        return self("PATCH", f"collections/{name}", options)

    def add(self, name: str, /, **values: Any) -> None:
        status, answer = self("POST", f"collections/{name}/records", values)
        assert status == 200, answer

    def values(self, name: str, *fields: str) -> list[Any]:
        """The values of all records, ordered by id."""
        _, page = self("GET", f"collections/{name}/records?sort=id&perPage=500")
        return [tuple(item[field] for field in fields) for item in page["items"]]


def text(own_id: str, /, **options: Any) -> dict[str, Any]:
    """A text field whose name is its id, until another name is given."""
    return {"type": "text", "name": own_id, "id": own_id, **options}


def refusal(message: str, **data: Any) -> tuple[int, Any]:
    return 400, {"data": data, "message": message, "status": 400}


def error(code: str, message: str, **params: Any) -> dict[str, Any]:
    return {"code": code, "message": message, **({"params": params} if params else {})}


REQUIRED = error("validation_required", "Cannot be blank.")
