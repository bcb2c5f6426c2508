"""The attacks by name: what guests send, and what must be there before. The tests and `measure` share them.

Each hit differs from the one before, so that nothing which remembers a slow statement or a compiled filter
saves the server.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.attacks.asking import JSON
from tests.attacks.siege import Hit, Hits
from tests.attacks.world import PASSWORD, World, pub_id

_DEEP = ".".join(["kids"] * 6)
_DEEP_BACK = ".".join(["pub_via_kids"] * 6)
_LONG_ROWS = 1000
_LONG_BYTES = 5000


def listing(collection: str, **parameters: str) -> str:
    query = "&".join(f"{name}={quote(value, safe=',.:')}" for name, value in parameters.items())
    return f"/api/collections/{collection}/records?{query}"


def many_expands(number: int) -> Hit:
    """With a target of less than 64 KiB, which every server takes."""
    return Hit("GET", listing("posts", expand=",".join(map(str, range(number, number + 11_000)))))


def very_many_expands(number: int) -> Hit:
    return Hit("GET", listing("posts", expand=",".join(map(str, range(number, number + 140_000)))))


def many_expands_of_a_view(number: int) -> Hit:
    names = ",".join(f"a{at}.b" for at in range(number, number + 7500))
    return Hit("GET", f"/api/collections/posts/records/post00000000002?expand={names}")


def filter_through_six_relations(number: int) -> Hit:
    return Hit("GET", listing("pub", filter=f"{_DEEP}.title ?= 'zz{number}'"))


def filter_through_six_back_relations(number: int) -> Hit:
    return Hit("GET", listing("pub", filter=f"{_DEEP_BACK}.title ?~ 'zz{number}'"))


def filter_that_all_satisfy(number: int) -> Hit:
    """Which leaves a planner nothing to begin with but all paths there are."""
    return Hit("GET", listing("pub", filter=f"{_DEEP}.title ?!= 'zz{number}'"))


def filter_that_wants_all(number: int) -> Hit:
    return Hit(
        "GET", listing("pub", filter=f"kids.kids.kids.title !~ 'zz{number}' && kids.kids.kids.slug != 'x'")
    )


def sort_through_six_relations(number: int) -> Hit:
    return Hit("GET", listing("pub", sort=f"-{_DEEP}.title", perPage=str(number % 900 + 1)))


def head_through_six_relations(number: int) -> Hit:
    return Hit("HEAD", filter_through_six_relations(number).target)


def evil_value(number: int) -> Hit:
    return Hit("POST", listing("pub"), {"slug": "a" * 40 + f"{number}!"})


def evil_value_in_a_patch(number: int) -> Hit:
    return Hit("PATCH", f"/api/collections/pub/records/{pub_id(3)}", {"slug": "aB3" * 14 + f"{number}!"})


def like_over_a_megabyte(number: int) -> Hit:
    return Hit("GET", listing("megabyte", filter=f"text ~ '{'a' * 3000}b{number}'"))


def like_over_many_rows(number: int) -> Hit:
    return Hit("GET", listing("long", filter=f"text ~ '{'a' * 2000}%b{number}'"))


def different_filter(number: int) -> Hit:
    parts = " || ".join(f"rels.title='{number}{at}'" for at in range(110))
    return Hit("GET", listing("ruled", filter=parts))


def many_likes(number: int) -> Hit:
    return Hit("GET", listing("long", filter=" || ".join(f"text ~ 'a%b{number}'" for _ in range(150))))


def long_excerpt(number: int) -> Hit:
    target = f"/api/collections/pub/records/{pub_id(900)}?fields=body:excerpt({999_999 + number})"
    return Hit("GET", target)


def many_fields(number: int) -> Hit:
    names = ",".join(f"f{at}.x" for at in range(number, number + 7000))
    return Hit("GET", listing("many", fields=names, perPage="1000"))


def very_many_fields(number: int) -> Hit:
    names = ",".join(f"f{at}.x" for at in range(number, number + 90_000))
    return Hit("GET", listing("many", fields=names, perPage="1000"))


def many_excerpts(number: int) -> Hit:
    names = ",".join(f"title:excerpt({at})" for at in range(number, number + 2500))
    return Hit("GET", listing("many", fields=names, perPage="1000"))


def long_url_value(number: int) -> Hit:
    return Hit("POST", listing("pub"), {"link": "http://" + "a." * 1000 + f"{number}_"})


def long_domain_value(number: int) -> Hit:
    return Hit(
        "POST",
        listing("every"),
        {"email": "a@" + "a." * 20_000 + f"{number}", "url": "http://" + "a-" * 20_000},
    )


def empty_search(number: int) -> Hit:
    return Hit("GET", listing("locked", filter=f"title = 'nothing {number}'"))


def json_with_junk_behind(number: int) -> Hit:
    body = b'{"data":[' + b"1," * (4_000_000) + b"%d]} }" % number
    return Hit("POST", listing("pub"), body, JSON)


def json_of_lists(number: int) -> Hit:
    return Hit("POST", listing("pub"), b'{"data":[' + b"[]," * 2_700_000 + b"%d]}" % number, JSON)


def json_of_surrogates(number: int) -> Hit:
    return Hit("POST", listing("pub"), b'{"title":"' + b"\\ud800" * 1_300_000 + b'%d"}' % number, JSON)


def deep_json(number: int) -> Hit:
    return Hit("POST", listing("pub"), b'{"data":' + b"[" * 9000 + b"%d" % number + b"]" * 9000 + b"}", JSON)


_FORM = {"Content-Type": "multipart/form-data; boundary=mark"}
_PART = b'--mark\r\nContent-Disposition: form-data; name="%s"\r\n'


def false_boundaries(number: int) -> Hit:
    body = _PART % b"title" + b"\r\n" + b"\r\n--mark%d" % number * 800_000 + b"\r\n--mark--\r\n"
    return Hit("POST", listing("pub"), body[:8_000_000] + b"\r\n--mark--\r\n", _FORM)


def million_header_lines(number: int) -> Hit:
    body = _PART % b"title" + b"a:%d\r\n" % (number % 10) * 1_300_000 + b"\r\nx\r\n--mark--\r\n"
    return Hit("POST", listing("pub"), body, _FORM)


def thousand_files(number: int) -> Hit:
    part = b'--mark\r\nContent-Disposition: form-data; name="files"; filename="%d.txt"\r\n\r\nx\r\n'
    body = b"".join(part % (number + at) for at in range(1000)) + b"--mark--\r\n"
    return Hit("POST", listing("every"), body, _FORM)


def files_of_no_name(number: int) -> Hit:
    """Their types are told by what is in them, which looks like the beginning of much."""
    part = b'--mark\r\nContent-Disposition: form-data; name="files"; filename="%d"\r\n\r\n%b\r\n'
    contents = [piece * 1000 for piece in (b"<!---->", b"\n", b"[1,", b"1\n", b'a,"x"')]
    body = b"".join(part % (number + at, contents[at % 5][:3100]) for at in range(1000)) + b"--mark--\r\n"
    return Hit("POST", listing("every"), body, _FORM)


def form_of_ampersands(number: int) -> Hit:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return Hit("POST", listing("pub"), b"a=%d" % number + b"&a[]=" * 1_600_000, kind)


def big_json_value(number: int) -> Hit:
    value = {f"k{at}": [at, {"x": "y" * 20}] for at in range(number, number + 15_000)}
    return Hit("POST", listing("pub"), {"data": value})


def batch_of_creates(number: int) -> Hit:
    record = {"data": {"x": ["y" * 50] * 200, "n": number}, "body": "<p>" * 2000, "slug": "a" * 30 + "!"}
    item = {"method": "POST", "url": "/api/collections/pub/records?expand=kids.kids", "body": record}
    return Hit("POST", "/api/batch", {"requests": [item] * 50})


def wide_filter(number: int) -> Hit:
    parts = " || ".join(f"title~'{at}{number}'" for at in range(150))
    return Hit("GET", listing("many", filter=parts, perPage="1000"))


def strftime_filter(number: int) -> Hit:
    part = "strftime('%Y-%m-%d %H:%M:%f %J %s', title, '+1 day', '+1 month') = '{}'"
    return Hit(
        "GET", listing("many", filter=" || ".join(part.replace("{}", f"{number}{at}") for at in range(30)))
    )


def distance_filter(number: int) -> Hit:
    part = "geoDistance(n, n, {}, 1.5) < 0"
    return Hit(
        "GET", listing("many", filter=" || ".join(part.replace("{}", f"{number}.{at}") for at in range(90)))
    )


def json_filter(number: int) -> Hit:
    return Hit("GET", listing("many", filter=" || ".join(f"data.a{at}.b = '{number}'" for at in range(100))))


def random_order(number: int) -> Hit:
    return Hit("GET", listing("many", sort="@random,-title,n", perPage="1000", page=str(number % 90)))


def big_rows(number: int) -> Hit:
    return Hit("GET", listing("huge", perPage="1000", page="1", x=str(number)))


def heavy_view_collection(number: int) -> Hit:
    return Hit("GET", listing("crossing", filter=f"title != 'x{number}'"))


def expand_of_all_at_all(number: int) -> Hit:
    return Hit("GET", listing("pub", expand=_DEEP, perPage=str(40 + number)))


def expand_of_all_at_all_in_a_view(number: int) -> Hit:
    return Hit("GET", f"/api/collections/pub/records/{pub_id(number % 40)}?expand={_DEEP},{_DEEP_BACK}")


def patch_with_expand(number: int) -> Hit:
    target = f"/api/collections/pub/records/{pub_id(number % 40)}?expand={_DEEP}"
    return Hit("PATCH", target, {"title": f"patched {number}"})


def create_with_back_relation(number: int) -> Hit:
    """The comments of these posts are there before the posts are."""
    return Hit(
        "POST",
        "/api/collections/posts/records?expand=comments_via_post",
        {"id": _late_post(number % 8), "title": "x"},
    )


def sign_in_as(collection: str) -> Hits:
    def wrong_password(number: int) -> Hit:
        person = {"identity": f"person{number % 4}@example.com", "password": f"{PASSWORD}{number}"}
        return Hit("POST", f"/api/collections/{collection}/auth-with-password", person)

    wrong_password.__name__ = f"wrong_password_of_{collection}"
    return wrong_password


def unsigned_token(payload: dict[str, Any]) -> str:
    """A token whose signature is wrong."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"exp": 9_999_999_999, **payload})
    encoded = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join((*encoded, "A" * 43))


def forged_refresh(number: int) -> Hit:
    token = f"eyJhbGciOiJIUzI1NiJ9.{'e' * 20_000}{number}.x"
    return Hit("POST", "/api/collections/members/auth-refresh", headers={"Authorization": token})


def long_target(number: int) -> Hit:
    return Hit("GET", listing("posts", x="a" * 900_000 + str(number)))


def many_parameters(number: int) -> Hit:
    return Hit("GET", "/api/collections/posts/records?" + "&".join(f"a{at}={number}" for at in range(90_000)))


def _late_post(number: int) -> str:
    return f"late{number:011}"


def needs_nothing_else(world: World) -> None:
    """What every world has is enough."""


def needs_long_rows(world: World) -> None:
    world.long_rows("long", _LONG_ROWS, _LONG_BYTES)


def needs_a_megabyte(world: World) -> None:
    world.long_rows("megabyte", 1, 1_000_000)


def needs_a_nest(world: World) -> None:
    world.record("pub", {"id": pub_id(900), "body": "<p></b>" * 23_000})


def needs_late_comments(world: World) -> None:
    for number in range(8):
        world.many_comments(25_000, _late_post(number), first=25_000 * number)


def needs_many_rows(world: World) -> None:
    world.many_rows(60_000)


def needs_huge_rows(world: World) -> None:
    world.long_rows("huge", 24, 4_900_000)


def needs_a_crossing(world: World) -> None:
    world.view(
        "crossing", "SELECT (ROW_NUMBER() OVER ()) AS id, a.title AS title FROM pub a, pub b, pub c, pub d"
    )


@dataclass(frozen=True)
class Attack:
    hits: Hits
    clients: int = 4
    needs: Callable[[World], None] = needs_nothing_else

    @property
    def name(self) -> str:
        return f"{self.hits.__name__} x{self.clients}"


@dataclass(frozen=True)
class Hold:
    """Clients who send these bytes, by number, and then do nothing at all."""

    sent: Callable[[int], bytes]
    clients: int
    needs: Callable[[World], None] = needs_nothing_else

    @property
    def name(self) -> str:
        return f"{self.sent.__name__} x{self.clients}"


def silent(number: int) -> bytes:
    return b""


def half_a_head(number: int) -> bytes:
    return b"GET /api/health HTTP/1.1\r\nHost: localhost\r\nX-Number: %d" % number


def half_a_body(number: int) -> bytes:
    head = (
        b"POST /api/collections/pub/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    )
    return head + b'Content-Length: 2000000\r\n\r\n{"data":"' + b"x" * 900_000 + b"%d" % number


def a_long_head(number: int) -> bytes:
    lines = b"".join(b"X-%d: %s\r\n" % (at, b"y" * 1000) for at in range(8000))
    return b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n" + lines


def many_lines(number: int) -> bytes:
    return b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n" + b"a:b\r\n" * 200_000 + b"\r\n"


def unread_answers(number: int) -> bytes:
    target = listing("huge", perPage="1000", x=str(number)).encode()
    return b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target


def pipelined(number: int) -> bytes:
    target = listing("pub", expand="kids", x=str(number)).encode()
    return b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % target * 500


HOLDS = (
    Hold(silent, clients=300),
    Hold(half_a_head, clients=300),
    Hold(half_a_body, clients=100),
    Hold(a_long_head, clients=4),
    Hold(many_lines, clients=4),
    Hold(unread_answers, clients=16, needs=needs_huge_rows),
    Hold(pipelined, clients=8),
)

ATTACKS = (
    Attack(many_expands),
    Attack(very_many_expands),
    Attack(many_expands_of_a_view, clients=16),
    Attack(filter_through_six_relations),
    Attack(filter_through_six_relations, clients=16),
    Attack(filter_through_six_relations, clients=64),
    Attack(filter_through_six_back_relations),
    Attack(filter_that_all_satisfy, clients=8),
    Attack(filter_that_wants_all),
    Attack(sort_through_six_relations, clients=8),
    Attack(head_through_six_relations, clients=16),
    Attack(evil_value),
    Attack(evil_value_in_a_patch, clients=16),
    Attack(like_over_a_megabyte, needs=needs_a_megabyte),
    Attack(like_over_a_megabyte, clients=16),
    Attack(like_over_many_rows, needs=needs_long_rows),
    Attack(many_likes, clients=16),
    Attack(long_excerpt, needs=needs_a_nest),
    Attack(many_fields, clients=8, needs=needs_many_rows),
    Attack(very_many_fields, needs=needs_many_rows),
    Attack(many_excerpts, needs=needs_many_rows),
    Attack(long_url_value, clients=16),
    Attack(long_domain_value),
    Attack(empty_search, clients=32),
    Attack(json_with_junk_behind),
    Attack(json_of_lists),
    Attack(json_of_surrogates),
    Attack(deep_json),
    Attack(false_boundaries),
    Attack(million_header_lines),
    Attack(thousand_files),
    Attack(files_of_no_name),
    Attack(form_of_ampersands),
    Attack(big_json_value),
    Attack(batch_of_creates, clients=8),
    Attack(wide_filter, clients=16, needs=needs_many_rows),
    Attack(strftime_filter, clients=8),
    Attack(distance_filter, clients=8),
    Attack(json_filter, clients=8),
    Attack(random_order, clients=8),
    Attack(big_rows, clients=4, needs=needs_huge_rows),
    Attack(heavy_view_collection, clients=8, needs=needs_a_crossing),
    Attack(create_with_back_relation, clients=4, needs=needs_late_comments),
    Attack(sign_in_as("members"), clients=64),
    Attack(sign_in_as("records_users"), clients=64),
    Attack(forged_refresh, clients=16),
    Attack(long_target),
    Attack(many_parameters),
    Attack(patch_with_expand),
    Attack(expand_of_all_at_all_in_a_view),
    Attack(expand_of_all_at_all),
)
