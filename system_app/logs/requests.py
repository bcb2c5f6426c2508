"""Entries of requests: little is taken while a request is answered, and a row is made of it later.

Reference: contract/system.md 5; apis/middlewares.go, PocketBase v0.39.11.
"""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from django.http import HttpRequest, HttpResponseBase

from platform_app.requests.activity import CALLER, FAILURE, META, SKIPPED
from platform_app.requests.client_ip import real_ip, remote_ip
from platform_app.requests.header_texts import text_of_header
from platform_app.runtime_settings.shape import RuntimeSettings
from platform_app.wire.errors import ApiError
from platform_app.wire.json_encoding import encode, json_number
from system_app.logs.attributes import as_json
from system_app.logs.error_details import details_of, message_of
from system_app.logs.levels import ERROR, INFO
from system_app.logs.moments import stored_moment
from system_app.logs.rows_sql import Row

_LONGEST_METHOD, _LONGEST_URL, _LONGEST_HEADER = 50, 3000, 2000
# What a client may write in a path without being corrected; Go's `URL.EscapedPath`.
_TIDY_PATH = re.compile(r"[A-Za-z0-9\-._~%!$&'()*+,;=:@\[\]/]*")
_KEPT_IN_PATH = "$&+,/:;=@"
# What is the same in a path, in JSON and in a message.
_PLAIN_URL = re.compile(r"[A-Za-z0-9\-._~!$'()*+,;=:@\[\]/?]*")
_PLAIN_FROM = 1e-3  # below, numbers may be written in another way
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

# Method, path, query, status, referer, user agent, the collection and id of who calls, the addresses that
# are kept (the caller's, the peer's), and what few requests have.
Note = tuple[str, str, str, int, str, str, str, str, tuple[str, str] | None, dict[str, Any] | None]


def note_of(request: HttpRequest, response: HttpResponseBase, settings: RuntimeSettings) -> Note | None:
    """What `request_row` makes a row of; None for what is not logged."""
    about = request.__dict__
    error = response.__dict__.get("error")
    failure = about.get(FAILURE)
    logs = settings.logs
    if error is None and failure is None:
        if SKIPPED in about or logs.min_level > INFO:
            return None
    elif logs.min_level > ERROR:
        return None
    meta = request.META
    auth = about.get("auth_record")
    if auth is not None:
        collection, record_id = auth.collection.name, auth.id
    else:
        collection, record_id = about.get(CALLER, ("", ""))
    ips = None
    if logs.has_ip:
        ip = remote_ip(request)
        ips = (real_ip(request) if settings.trusted_proxy.headers else ip, ip)
    more = None
    if error is not None or failure is not None or META in about:
        more = _more(error, failure, about.get(META))
    return (
        request.method or "",
        (meta.get("RAW_PATH") or quote(request.path_info))[: _LONGEST_URL + 1],
        meta.get("QUERY_STRING", "")[: _LONGEST_URL + 1],
        getattr(response, "status_code", 0),
        meta.get("HTTP_REFERER", "")[: _LONGEST_HEADER + 1],
        meta.get("HTTP_USER_AGENT", "")[: _LONGEST_HEADER + 1],
        collection,
        record_id if logs.has_auth_id else "",
        ips,
        more,
    )


def _more(error: ApiError | None, failure: str | None, meta: Any) -> dict[str, Any]:
    """What few requests have, as it is now: an error holds on to everything around it."""
    more: dict[str, Any] = {}
    if meta is not None:
        more["meta"] = meta
    if error is not None:
        more["details"] = details_of(error)
        more["error"] = message_of(error)
    if failure is not None:
        more["error"] = failure
    return more


def request_row(row_id: str, moment: float, seconds: float, note: Note) -> Row:
    """The row of a request that was answered at `moment`, a time since 1970."""
    method, path, query, status, referer, user_agent, collection, record_id, ips, more = note
    took = int(seconds * 1e9) / 1e6
    # Nearly all entries differ in two plain values from others, and take the short way.
    if more is None and took >= _PLAIN_FROM and not took.is_integer():
        url = f"{path}?{query}" if query else path
        if len(url) <= _LONGEST_URL and _PLAIN_URL.fullmatch(url):
            method, before, between, after = _around(
                method, status, referer, user_agent, collection, record_id, ips
            )
            data = f"{before}{took}{between}{url}{after}"
            return Row(row_id, INFO, f"{method} {url}", data, stored_moment(moment))
    if not (method.isupper() and len(method) <= _LONGEST_METHOD):
        method = _cut(method.upper(), _LONGEST_METHOD)
    if not _TIDY_PATH.fullmatch(path):
        path = quote(unquote_to_bytes(path.encode("latin-1", "replace")), _KEPT_IN_PATH)
    url = f"{path}?{query}" if query else path
    if not (url.isascii() and len(url) <= _LONGEST_URL):
        url = _cut_url(url)
    message = f"{method} {_decoded(url) if '%' in url else url}"
    members = _data(method, url, took, status, referer, user_agent, collection, record_id, ips)
    if more is None:
        text = encode({**members, "execTime": json_number(took)}).decode()
        return Row(row_id, INFO, message, text, stored_moment(moment))
    level = ERROR if "error" in more else INFO
    return Row(row_id, level, message, as_json({**members, **more}), stored_moment(moment))


def _data(
    method: str,
    url: str,
    took: float,
    status: int,
    referer: str,
    user_agent: str,
    collection: str,
    record_id: str,
    ips: tuple[str, str] | None,
) -> dict[str, Any]:
    """In the order in which it is written."""
    data: dict[str, Any] = {"auth": collection}
    if record_id:
        data["authId"] = record_id
    data["execTime"] = took
    data["method"] = method
    data["referer"] = _header(referer)
    if ips is not None:
        data["remoteIP"] = ips[1]
    data["status"] = status
    data["type"] = "request"
    data["url"] = url
    data["userAgent"] = _header(user_agent)
    if ips is not None:
        data["userIP"] = ips[0]
    return data


@lru_cache(maxsize=500)
def _around(
    method: str,
    status: int,
    referer: str,
    user_agent: str,
    collection: str,
    record_id: str,
    ips: tuple[str, str] | None,
) -> tuple[str, str, str, str]:
    """The method as it is written, and the text of the object before its time, from there to its address,
    and behind that."""
    method = _cut(method.upper(), _LONGEST_METHOD)
    data = _data(method, "", 0.5, status, referer, user_agent, collection, record_id, ips)
    # Within texts there is a backslash before every quotation mark.
    before, time_key, rest = encode(data).decode().partition('"execTime":0.5')
    between, url_key, after = rest.partition('"url":""')
    return method, before + time_key[:-3], between + url_key[:-1], '"' + after


def _decoded(url: str) -> str:
    """Without its escapes, unless one of them is none."""
    return url if _BROKEN_ESCAPE.search(url) else unquote_to_bytes(url).decode(errors="replace")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}..."


def _cut_url(url: str) -> str:
    """Cut by bytes, as the reference counts; a query may hold more than ASCII."""
    sent = url.encode("utf-8", "replace")
    return sent[:_LONGEST_URL].decode(errors="replace") + ("..." if len(sent) > _LONGEST_URL else "")


def _header(value: str) -> str:
    return text_of_header(_cut(value, _LONGEST_HEADER))
