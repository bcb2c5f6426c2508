"""What a request carries, read as the contract reads it: body, query and headers (contract/records.md 1.4-1.5)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest


def parse_body(request: HttpRequest) -> dict[str, Any]:
    """The parsed body as an object; {} for none.

    Raises BadRequest for a body that cannot be read or whose type is not supported.
    """
    raise NotImplementedError


def query_values(request: HttpRequest) -> Mapping[str, str]:
    """The first value of every query parameter, read when first asked for."""
    raise NotImplementedError


class LazyHeaders(Mapping[str, str]):
    """The request's headers by snake-cased name, read when first asked for."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __getitem__(self, name: str) -> str:
        raise NotImplementedError

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError
