"""Code that calls an endpoint: with the SDKs for JavaScript and Dart, with Python's requests, and with curl.

Names and options of collections are somebody's: each language gets them as literals of its own.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args
from urllib.parse import urlencode

from admin_ui.api_preview.endpoint import Call, Endpoint
from admin_ui.api_preview.examples import RECORD_ID, example_body
from collections_app.collection import Collection
from collections_app.fields.base import Field

Language = Literal["javascript", "dart", "python", "curl"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LABELS: Mapping[Language, str] = {
    "javascript": "JavaScript",
    "dart": "Dart",
    "python": "Python",
    "curl": "curl",
}

_INDENT = "  "
_FILE = "name.png"


def sample(endpoint: Endpoint, collection: Collection, language: Language, base: str) -> str:
    """The code; `base` is where this server is, without a slash at the end."""
    match language:
        case "javascript":
            head = f'import PocketBase from "pocketbase";\n\nconst pb = new PocketBase({_json(base)});\n\n'
            return head + _javascript(endpoint, collection)
        case "dart":
            files = "import 'package:http/http.dart' as http;\n" if endpoint.example_file else ""
            head = f"{files}import 'package:pocketbase/pocketbase.dart';\n\n"
            return f"{head}final pb = PocketBase({_dart(base)});\n\n" + _dart_calls(endpoint, collection)
        case "python":
            return _python(endpoint, base)
        case "curl":
            return _curl(endpoint, base)


# --- JavaScript ---


def _javascript(endpoint: Endpoint, collection: Collection) -> str:
    name = f"pb.collection({_json(collection.name)})"
    match endpoint.slug:
        case "realtime":
            return (
                f'const unsubscribe = await {name}.subscribe("*", (event) => {{\n'
                "  console.log(event.action, event.record);\n});\n\nawait unsubscribe();"
            )
        case "batch":
            body = _script_object(example_body(collection, is_new=True))
            return "\n".join(
                (
                    "const batch = pb.createBatch();",
                    f"const records = batch.collection({_json(collection.name)});",
                    f"records.create({body});",
                    f'records.delete("{RECORD_ID}");',
                    "",
                    "const results = await batch.send();",
                )
            )
        case "auth-with-oauth2":
            return f'const signedIn = await {name}.authWithOAuth2({{ provider: "google" }});'
    return "\n".join(_javascript_call(name, call) for call in endpoint.calls)


def _javascript_call(name: str, call: Call) -> str:
    arguments = [_json(value) for _, value in call.arguments]
    body = _script_object(call.body or {}, call.file) if call.body or call.file else ""
    arguments += [given for given in (body, _script_object(call.options) if call.options else "") if given]
    result = f"const {call.result} = " if call.result else ""
    return f"{result}await {name}.{call.method}({', '.join(arguments)});"


def _script_object(given: Mapping[str, Any], file: Field | None = None) -> str:
    """As one writes it: keys without quotes where they are names; a file comes from an input of the page."""
    lines = [
        f"{_INDENT}{key if key.isidentifier() else _json(key)}: {_script(value)},"
        for key, value in given.items()
    ]
    if file is not None:
        chosen = 'document.querySelector("input[type=file]").files'
        lines.append(f"{_INDENT}{file.name}: {f'[...{chosen}]' if file.is_multiple else f'{chosen}[0]'},")
    return "\n".join(("{", *lines, "}"))


def _script(value: Any) -> str:
    """A literal: filters have quotes in them, which the other kind of quotes leaves alone."""
    if isinstance(value, str) and '"' in value and not {"'", "\\", "\n"} & set(value):
        return f"'{value}'"
    return _json(value)


# --- Dart ---


def _dart_calls(endpoint: Endpoint, collection: Collection) -> str:
    name = f"pb.collection({_dart(collection.name)})"
    match endpoint.slug:
        case "realtime":
            return (
                f"final unsubscribe = await {name}.subscribe('*', (event) {{\n"
                "  print('${event.action} ${event.record}');\n});\n\nawait unsubscribe();"
            )
        case "batch":
            body = _dart(example_body(collection, is_new=True))
            return "\n".join(
                (
                    "final batch = pb.createBatch();",
                    f"final records = batch.collection({_dart(collection.name)});",
                    f"records.create(body: {body});",
                    f"records.delete('{RECORD_ID}');",
                    "",
                    "final results = await batch.send();",
                )
            )
        case "auth-with-oauth2":
            opening = f"final signedIn = await {name}.authWithOAuth2('google', (url) async {{"
            return f"{opening}\n{_INDENT}await launchUrl(url);\n}});"
    return "\n".join(_dart_call(name, call) for call in endpoint.calls)


def _dart_call(name: str, call: Call) -> str:
    arguments = [f"{key}: {_dart(value)}" if key else _dart(value) for key, value in call.arguments]
    if call.body is not None:
        arguments.append(f"body: {_dart(call.body)}")
    if call.file is not None:
        arguments.append(f"files: [await http.MultipartFile.fromPath('{call.file.name}', '{_FILE}')]")
    arguments += [f"{key}: {_dart(value)}" for key, value in call.options.items()]
    result = f"final {call.result} = " if call.result else ""
    listed = ", ".join(arguments)
    if len(listed) > 60 and call.body is None:
        listed = "\n" + "".join(f"{_INDENT}{one},\n" for one in arguments)
    return f"{result}await {name}.{call.method}({listed});"


def _dart(value: Any, indent: str = "") -> str:
    """A literal; in texts of Dart a dollar sign begins an expression."""
    inner = indent + _INDENT
    match value:
        case str():
            return "'" + _json(value)[1:-1].replace('\\"', '"').replace("'", "\\'").replace("$", "\\$") + "'"
        case Mapping():
            lines = [f"{inner}{_dart(str(key))}: {_dart(one, inner)},\n" for key, one in value.items()]
            return "<String, dynamic>{\n" + "".join(lines) + indent + "}" if lines else "<String, dynamic>{}"
        case list():
            return f"[{', '.join(_dart(one, indent) for one in value)}]"
    return _json(value)


# --- Python and curl ---


def _python(endpoint: Endpoint, base: str) -> str:
    if endpoint.slug == "realtime":
        return _python_stream(endpoint, base)
    arguments = [f"{_INDENT * 2}{_json(base + _path(endpoint))},"]
    if endpoint.example_query:
        arguments.append(f"{_INDENT * 2}params={_python_literal(endpoint.example_query, _INDENT * 2)},")
    if endpoint.example_file is not None:
        body = _python_literal(endpoint.example_body, _INDENT * 2)
        arguments.append(f'{_INDENT * 2}data={{"@jsonPayload": json.dumps({body})}},')
        arguments.append(f'{_INDENT * 2}files=[("{endpoint.example_file.name}", open("{_FILE}", "rb"))],')
    elif endpoint.example_body is not None:
        arguments.append(f"{_INDENT * 2}json={_python_literal(endpoint.example_body, _INDENT * 2)},")
    if _needs_token(endpoint):
        arguments.append(f'{_INDENT * 2}headers={{"Authorization": token}},')
    lines = "\n".join(arguments)
    token = 'token = "TOKEN"\n' if _needs_token(endpoint) else ""
    shown = "" if any(answer.status == 204 for answer in endpoint.answers) else "\nprint(answer.json())"
    call = f"answer = requests.{endpoint.method.lower()}(\n{lines}\n)"
    imports = "import json\n\nimport requests" if endpoint.example_file else "import requests"
    return f"{imports}\n\n{token}{call}\nanswer.raise_for_status(){shown}"


def _python_stream(endpoint: Endpoint, base: str) -> str:
    address = _json(base + endpoint.path)
    topics = _python_literal((endpoint.example_body or {})["subscriptions"], "")
    return (
        "import json\n\nimport requests\n\n"
        f"with requests.get({address}, stream=True) as stream:\n"
        "    for line in stream.iter_lines(decode_unicode=True):\n"
        '        if not line.startswith("data:"):\n            continue\n'
        '        event = json.loads(line.removeprefix("data:"))\n'
        '        if "clientId" in event:  # PB_CONNECT\n'
        f'            wanted = {{"clientId": event["clientId"], "subscriptions": {topics}}}\n'
        f"            requests.post({address}, json=wanted).raise_for_status()\n"
        "        else:\n"
        '            print(event["action"], event["record"])'
    )


def _python_literal(value: Any, indent: str) -> str:
    inner = indent + _INDENT * 2
    match value:
        case Mapping():
            lines = [
                f"{inner}{_json(str(key))}: {_python_literal(one, inner)},\n" for key, one in value.items()
            ]
            return "{\n" + "".join(lines) + indent + "}" if lines else "{}"
        case list():
            return f"[{', '.join(_python_literal(one, indent) for one in value)}]"
        case bool() | None:
            return str(value)
    return _json(value)


def _curl(endpoint: Endpoint, base: str) -> str:
    lines = [f"curl {_shell(base + _path(endpoint) + _query(endpoint))}"]
    if endpoint.slug == "realtime":
        lines[0] = f"curl -N {_shell(base + endpoint.path)}\n\n{lines[0]}"
    elif endpoint.method not in {"GET", "POST"}:
        lines[0] = f"curl -X {endpoint.method} {_shell(base + _path(endpoint))}"
    if _needs_token(endpoint):
        lines.append("-H 'Authorization: TOKEN'")
    if endpoint.example_file is not None:
        lines.append(f"--form-string {_shell('@jsonPayload=' + _json(endpoint.example_body))}")
        lines.append(f"-F {_shell(f'{endpoint.example_file.name}=@{_FILE}')}")
    elif endpoint.example_body is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {_shell(_json(endpoint.example_body))}")
    elif endpoint.method == "POST":
        lines[0] = lines[0].replace("curl ", "curl -X POST ", 1)
    return f" \\\n{_INDENT}".join(lines)


def _query(endpoint: Endpoint) -> str:
    return f"?{urlencode(endpoint.example_query)}" if endpoint.example_query else ""


def _path(endpoint: Endpoint) -> str:
    return endpoint.path.replace("{id}", RECORD_ID)


def _needs_token(endpoint: Endpoint) -> bool:
    """Whether nobody gets anywhere without one: it is a superuser's where there is no rule."""
    return endpoint.needs_token or endpoint.rule is None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _shell(text: str) -> str:
    """A word in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"
