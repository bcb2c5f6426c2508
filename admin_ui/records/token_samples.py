"""Code to copy that uses a token, for each language that has an SDK, and without one."""

from dataclasses import dataclass

from django.http import HttpRequest

from platform_app.runtime_settings.current import current

_JAVASCRIPT = """import PocketBase from "pocketbase";

const pb = new PocketBase("{url}");
pb.authStore.save("{token}");

const result = await pb.collection("example").getList(1, 20);
"""
_DART = """import 'package:pocketbase/pocketbase.dart';

final pb = PocketBase('{url}');
pb.authStore.save('{token}', null);

final result = await pb.collection('example').getList(perPage: 20);
"""
_PYTHON = """import requests

headers = {{"Authorization": "{token}"}}
answer = requests.get("{url}/api/collections/example/records", headers=headers)
"""
_CURL = """curl -H "Authorization: {token}" \\
  "{url}/api/collections/example/records"
"""


@dataclass(frozen=True)
class Sample:
    language: str
    code: str


def samples_of(request: HttpRequest, token: str) -> list[Sample]:
    """The token is letters, digits, `-`, `_` and `.`; the address is the settings', or the request's own."""
    url = (current().meta.app_url or f"{request.scheme}://{request.get_host()}").rstrip("/")
    templates = {"JavaScript": _JAVASCRIPT, "Dart": _DART, "Python": _PYTHON, "curl": _CURL}
    return [Sample(name, text.format(url=_plain(url), token=token)) for name, text in templates.items()]


def _plain(url: str) -> str:
    """Without what would end a text in one of the languages."""
    return "".join(letter for letter in url if letter not in "\"'\\$`\n")
