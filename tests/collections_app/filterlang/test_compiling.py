"""The SQL that filters become, its parameters, and how compiled filters are used again."""

import random
import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collections_app.catalog import Catalog
from collections_app.filterlang import macros
from collections_app.filterlang.dialects.sqlite_functions import needs_own_strftime
from collections_app.filterlang.dialects.sqlite_sql import SqliteDialect
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.parse import parse
from collections_app.filterlang.where_sql import like_pattern
from collections_app.records.querying.resolving import compile_query
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from tests.collections_app.filterlang.definitions import make_collection, make_field
from tests.collections_app.filterlang.engines import open_engine, postgresql_url, select
from tests.collections_app.filterlang.world import CATALOG, THINGS, USERS

SQLITE = SqliteDialect()
NOON = datetime(2024, 2, 10, 12, 30, 45, 678_901, tzinfo=UTC)  # a Saturday
ALICE = RequestInfo(auth=Record(USERS, {"id": "alice"}))
BOB = RequestInfo(auth=Record(USERS, {"id": "bob"}))


def compiled(text, info=ALICE, **options):
    return compile_query(THINGS, info=info, rule=text, catalog=CATALOG, dialect=SQLITE, **options)


# --- contract/filters.md 3 and 11 ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "where", "params"),
    [
        ("t = 'a'", '"things"."t" = ?', ("a",)),
        ("t != 'a'", '"things"."t" IS NOT ?', ("a",)),
        ("t = ''", '("things"."t" = \'\' OR "things"."t" IS NULL)', ()),
        ("t = null", '("things"."t" = \'\' OR "things"."t" IS NULL)', ()),
        ("null != t", '(\'\' IS NOT "things"."t" AND NOT "things"."t" IS NULL)', ()),
        ("t ~ 'a_b'", '"things"."t" LIKE ? ESCAPE \'\\\'', ("%a\\_b%",)),
        ("'abc' ~ t", "? LIKE ('%' || \"things\".\"t\" || '%') ESCAPE '\\'", ("abc",)),
        ("t = s1", 'COALESCE("things"."t", \'\') = COALESCE("things"."s1", \'\')', ()),
        ("b = true", '"things"."b" = 1', ()),
        ("b != false", '"things"."b" IS NOT 0', ()),
        ("n > 5 && n <= 10.5", '("things"."n" > ? AND "things"."n" <= ?)', (5.0, 10.5)),
        (
            "n=1 || n=2 && n=3",
            '("things"."n" = ? OR "things"."n" = ? AND "things"."n" = ?)',
            (1.0, 2.0, 3.0),
        ),
        ("owner = @request.auth.id", '"things"."owner" = ?', ("alice",)),
        ("owner.id = 'x'", '"things"."owner" = ?', ("x",)),
        ("t:lower = 'abc'", 'LOWER("things"."t") = ?', ("abc",)),
        ("null = ''", "'' = ''", ()),
        ("1 != ''", "? IS NOT ''", (1.0,)),
    ],
)
def test_where(text, where, params):
    query = compiled(text)
    assert (query.from_sql, query.where_sql, query.params) == ('"things"', where, params)
    assert (query.distinct, query.order_sql, query.row_id) == (False, "", '"things"._rowid_')


def test_a_guest_compares_with_nothing():
    assert compiled("owner = @request.auth.id", RequestInfo()).where_sql == (
        '("things"."owner" = \'\' OR "things"."owner" IS NULL)'
    )


def test_rule_and_filter_share_one_join():
    query = compiled("owner.name = 'a'", filter="owner.verified = true", sort="owner.name,-t")
    assert query.from_sql == '"things" LEFT JOIN "users" "@2" ON "@2"."id" = "things"."owner"'
    assert query.where_sql == '("@2"."name" = ?) AND ("@2"."verified" = 1)'
    assert query.order_sql == '"@2"."name" ASC, "things"."t" DESC'
    assert query.distinct


def test_several_values_add_that_none_violates():
    query = compiled("children_via_par.v = 'x'")
    assert query.where_sql == (
        '("@2"."v" = ? AND NOT EXISTS (SELECT 1 FROM (SELECT "@3"."v" AS "value" FROM "things" "@1" '
        'LEFT JOIN "children" "@3" ON "@3"."par" = "@1"."id" WHERE "@1"."id" = "things"."id") "@4" '
        'WHERE NOT ("@4"."value" = ?)))'
    )
    assert query.params == ("x", "x")


@pytest.mark.parametrize(
    ("value", "pattern"),
    [
        ("abc", "%abc%"),
        ("ab%c", "ab%c"),
        (r"ab\%c", r"%ab\%c%"),
        (r"%ab\%c", r"%ab\%c"),
        ("ab_c", r"%ab\_c%"),
        (r"ab\_c", r"%ab\_c%"),
        ("%ab_c", "%ab_c"),
        (r"ab\c", r"%ab\\c%"),
        (r"ab\c%", r"ab\c%"),
        ("", "%%"),
        ("_", r"%\_%"),
        (5.0, "%5%"),
        (5.25, "%5.25%"),
        (-0.0, "%-0%"),
        (1e21, "%1000000000000000000000%"),
        (True, "%true%"),
        (7, "%7%"),
    ],
)
def test_like_patterns(value, pattern):
    assert like_pattern(value) == pattern


# --- macros and functions -----------------------------------------------------------------------------


MACRO_VALUES = [
    ("@now", "2024-02-10 12:30:45.678Z"),
    ("@yesterday", "2024-02-09 12:30:45.678Z"),
    ("@tomorrow", "2024-02-11 12:30:45.678Z"),
    ("@second", 45),
    ("@minute", 30),
    ("@hour", 12),
    ("@day", 10),
    ("@weekday", 6),
    ("@month", 2),
    ("@year", 2024),
    ("@todayStart", "2024-02-10 00:00:00.000Z"),
    ("@todayEnd", "2024-02-10 23:59:59.999Z"),
    ("@monthStart", "2024-02-01 00:00:00.000Z"),
    ("@monthEnd", "2024-02-29 23:59:59.999Z"),
    ("@yearStart", "2024-01-01 00:00:00.000Z"),
    ("@yearEnd", "2024-12-31 23:59:59.999Z"),
]


@pytest.mark.parametrize(("macro", "value"), MACRO_VALUES)
def test_macros(monkeypatch, macro, value):
    monkeypatch.setattr("collections_app.filterlang.where_sql.current_moment", lambda: NOON)
    assert compiled(f"d > {macro}").params == (value,)
    with pytest.raises(FilterError):
        compiled(f"d > {macro.upper()}")


def test_every_macro_has_a_line_in_the_table():
    assert [name for name, _ in MACRO_VALUES] == list(macros.MACROS)


def test_a_macro_moves_on_between_uses(monkeypatch):
    text = "d < @now && t = 'macro'"
    monkeypatch.setattr("collections_app.filterlang.where_sql.current_moment", lambda: NOON)
    first = compiled(text)
    monkeypatch.setattr("collections_app.filterlang.where_sql.current_moment", lambda: NOON.replace(hour=13))
    assert (first.params[0], compiled(text).params[0]) == (
        "2024-02-10 12:30:45.678Z",
        "2024-02-10 13:30:45.678Z",
    )


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("strftime('%Y-%m', d) = '2024-05'", "A"),
        ("strftime('%Y', d) = 2024", ""),
        ("strftime('%Y', d) = '' && t = 'ABC'", "B"),
        ("strftime('%Y', d) != null", "A"),
        ("strftime('%Y', 2451545) = '2000' && n = 1", "A"),
        ("strftime('%Y-%m-%d', '2024-01-31', '+1 month', 'start of month') = '2024-03-01' && n = 1", "A"),
        ("strftime('%w', d) = '3'", "A"),
        ("strftime('%F %R|%e|%I%p|%u|%G-%V', d) = '2024-05-01 00:00| 1|12AM|3|2024-18'", "A"),
        ("strftime('%Q', d) = '' && n = 1", "A"),
        ("strftime('%Y') >= '2024' && n = 1", "A"),
        ("strftime('%Y', @now) = strftime('%Y') && n = 1", "A"),
        ("'2024' ~ strftime('%Y', d)", "A"),
        ("strftime('%m', things_via_rel.d) = ''", None),
        (
            "geoDistance(g.lon, g.lat, 2.35, 48.85) > 1757 && geoDistance(g.lon, g.lat, 2.35, 48.85) < 1758",
            "B",
        ),
        ("geoDistance(g.lon, g.lat, t, 0) < 1", ""),
        ("geoDistance(0, 0, 180, 0) > 20015 && n = 1", "A"),
        ("geoDistance(null, 0, 180, 0) = null && n = 1", "A"),
        # Of these the cosine comes out as 1.0000000000000002 and -1.0000000000000002.
        ("geoDistance(0, 8, 0, 8) < 1 && geoDistance(0, 8, 0, 8) >= 0 && n = 1", "A"),
        ("geoDistance(0, 8, 180, -8) > 20015 && n = 1", "A"),
    ],
)
def test_functions(engine, text, ids):
    if ids is None:
        with pytest.raises(FilterError):
            select(engine, "things", rule=text)
        return
    assert sorted(select(engine, "things", filter=text)) == list(ids)


@pytest.mark.parametrize(
    "call",
    [
        "geoDistance(1,2,3)",
        "geoDistance(1,2,3,4,5)",
        "geoDistance('1',2,3,4)",
        "geoDistance(nope,2,3,4)",
        "strftime()",
        "strftime(t)",
        "strftime(5)",
        "strftime('%Y', d, 5)",
        "strftime('%Y', d, t)",
        "strftime('%Y', nope)",
        "strftime('%Y', d" + ", ''" * 9 + ")",
        "nope(1)",
        "STRFTIME('%Y')",
    ],
)
def test_misplaced_arguments(call):
    with pytest.raises(FilterError):
        compiled(f"{call} = 1")


@pytest.mark.parametrize(
    ("form", "version", "needs"),
    [
        ("%Y-%m", (3, 40, 1), False),
        ("%e", (3, 40, 1), True),
        ("%e", (3, 44, 0), False),
        ("%V", (3, 44, 0), True),
        ("%V", (3, 46, 0), False),
        ("%%e", (3, 40, 1), False),
    ],
)
def test_only_new_letters_need_our_own_strftime(form, version, needs):
    assert needs_own_strftime(form, version) is needs


# --- using compiled filters again ---------------------------------------------------------------------


def fresh():
    """A catalog of its own, so that nothing is compiled yet."""
    return Catalog(CATALOG.collections)


def test_requests_of_one_shape_share_the_sql_and_keep_their_values():
    catalog = fresh()
    rule = "owner = @request.auth.id || t = @request.query.q"

    def sql_and_params(info):
        query = compile_query(THINGS, info=info, rule=rule, catalog=catalog, dialect=SQLITE)
        return query.where_sql, query.params

    alice, alice_params = sql_and_params(ALICE)
    bob, bob_params = sql_and_params(BOB)
    assert alice is bob
    assert (alice_params, bob_params) == (("alice",), ("bob",))
    guest, guest_params = sql_and_params(RequestInfo(query={"q": "x"}))
    assert guest != alice
    assert guest_params == ("x",)
    assert sql_and_params(RequestInfo(query={"q": ""}))[1] == ()
    assert sql_and_params(ALICE) == (alice, ("alice",))
    assert catalog.compiled_filters.weight_bytes == 0
    assert 0 < catalog.compiled_rules.weight_bytes < 20_000


def test_a_variant_that_asks_more_does_not_mix_with_the_earlier_ones():
    catalog = fresh()
    rule = "@request.auth.name = 'x' || @request.auth.nope = @request.query.q"
    for info in (RequestInfo(), ALICE, RequestInfo(query={"q": "1"}), BOB, RequestInfo()):
        again = compile_query(THINGS, info=info, rule=rule, catalog=catalog, dialect=SQLITE)
        alone = compile_query(THINGS, info=info, rule=rule, catalog=fresh(), dialect=SQLITE)
        assert again._replace(fragments=None) == alone._replace(fragments=None)


def test_rights_and_definitions_are_part_of_the_key():
    catalog = fresh()
    other = make_collection("things", make_field("text", "secret"))
    superuser = RequestInfo(auth=Record(make_collection("_superusers", kind="auth"), {"id": "s"}))
    compile_query(THINGS, info=superuser, filter="secret = 'x'", catalog=catalog, dialect=SQLITE)
    with pytest.raises(FilterError):
        compile_query(THINGS, info=ALICE, filter="secret = 'x'", catalog=catalog, dialect=SQLITE)
    assert compile_query(other, info=ALICE, filter="secret = 'x'", catalog=catalog, dialect=SQLITE).params


def test_filters_of_clients_push_out_each_other_and_no_rule():
    catalog = fresh()
    rules = [compile_query(THINGS, info=ALICE, rule="n > 1", catalog=catalog, dialect=SQLITE)]
    weights = []
    for number in range(600):
        text = " || ".join(f"n = {number}{place}" for place in range(150))
        compile_query(THINGS, info=ALICE, filter=text, catalog=catalog, dialect=SQLITE)
        weights.append(catalog.compiled_filters.weight_bytes)
    rules.append(compile_query(THINGS, info=ALICE, rule="n > 1", catalog=catalog, dialect=SQLITE))
    assert rules[0] is rules[1]
    assert weights[0] * 600 > catalog.compiled_filters.most_bytes >= max(weights)


def test_a_compiled_rule_costs_microseconds():
    rule = '@request.auth.id != "" && owner = @request.auth.id'

    def once():
        started = time.perf_counter()
        for _ in range(200):
            compile_query(THINGS, info=ALICE, rule=rule, catalog=CATALOG, dialect=SQLITE)
        return (time.perf_counter() - started) / 200

    assert min(once() for _ in range(20)) < 50e-6  # about 7 on a quiet machine


# --- groups within groups -----------------------------------------------------------------------------


TEXTS = ("n > 0", "n = 0", "t ~ 'a'", "j.a < 9", "s2:length = 2", "children_via_par.v = 'hi'", "n < 7")


def folded(chosen, *, to_the_right=True):
    """Every text in a group of its own around the rest, joined by AND and OR in turns, and its ids."""
    *others, (result, ids) = chosen
    for at, (text, more) in enumerate(others):
        word = "&&" if at % 2 else "||"
        result = f"{text} {word} ({result})" if to_the_right else f"({result}) {word} {text}"
        ids = ids & more if at % 2 else ids | more
    return result, ids


def in_branches(chosen, *, is_and=True):
    """Two of three texts deep in one branch, the others in a second one, which is the same again."""
    if len(chosen) < 3:
        return folded(chosen)
    cut = len(chosen) * 2 // 3
    (deep, ids), (second, more) = folded(chosen[:cut]), in_branches(chosen[cut:], is_and=not is_and)
    return f"({deep}) {'&&' if is_and else '||'} ({second})", ids & more if is_and else ids | more


SHAPES = {
    "left": lambda chosen: folded(chosen, to_the_right=False),
    "right": folded,
    "branches": in_branches,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [16, 17, 18, 40, 199, 200])
def test_deep_groups_select_what_they_say(engine, shape, size):
    # Some comparisons are neither true nor false for most rows.
    known = [(text, frozenset(select(engine, "things", filter=text))) for text in TEXTS]
    chosen = random.Random(size).choices(known, k=size)  # noqa: S311 - not a secret
    text, expected = SHAPES[shape](chosen)
    assert set(select(engine, "things", rule=text)) == expected


# --- anything at all ----------------------------------------------------------------------------------

NAMES = [
    "t",
    "n",
    "b",
    "d",
    "s1",
    "s2",
    "s2:each",
    "s2:length",
    "j",
    "j.a",
    "j.l.0",
    "g.lat",
    "rel",
    "rel.title",
    "rel.id",
    "children_via_par.v",
    "singles_via_par.v",
    "children_via_pars.id",
    "owner.email",
    "t:lower",
    "@year",
    "null",
    "true",
    "@request.auth.id",
    "@request.query.q",
    "@collection.targets.title",
    "@request.auth.roles:each",
    "strftime('%Y', d)",
    "geoDistance(g.lon, g.lat, 1, n)",
]
LITERALS = [
    "'a'",
    "'abc'",
    "''",
    "'5'",
    "5",
    "1",
    "0",
    "-1.5",
    "'x'",
    "'hi'",
    "'%'",
    "'[]'",
    "'2024'",
    "null",
    "true",
]
SIGNS = [mark + sign for sign in ("=", "!=", "~", "!~", "<", "<=", ">", ">=") for mark in ("", "?")]

comparisons = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(SIGNS), st.sampled_from(NAMES + LITERALS)
).map(" ".join)
filters = st.recursive(
    comparisons,
    lambda inner: st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=4,
)
PIECES = st.lists(
    st.sampled_from(
        [*NAMES, *LITERALS, *SIGNS, "(", ")", "&&", "||", "//", "\n", "@", "'", '"', "\\", ".", ":", "é"]
    ),
    max_size=12,
).map(" ".join)


@given(st.one_of(st.text(max_size=80), PIECES))
@settings(max_examples=300, deadline=None)
def test_any_text_compiles_or_raises_filter_error(text):
    for arguments in ({"rule": text}, {"filter": text}, {"sort": text}):
        try:
            compile_query(THINGS, info=ALICE, catalog=CATALOG, dialect=SQLITE, **arguments)
        except FilterError as error:
            assert str(error)


@given(st.text(alphabet=st.characters(blacklist_characters="\0\\'", blacklist_categories=["Cs"]), min_size=1))
@settings(max_examples=200, deadline=None)
def test_text_of_the_user_is_only_ever_a_parameter(text):
    marked = f"zq{text}zq"
    query = compiled(f"t = '{marked}' || j.a ?~ '{marked}' || strftime('%Y', '{marked}') = '{marked}'")
    assert "zq" not in query.from_sql + query.where_sql
    assert query.params[0] == marked


def test_names_in_sql_are_those_of_the_schema():
    query = compiled("@collection.targets:evil.title ?= j.evilkey || CHILDREN_via_par.v ?= ''")
    assert re.findall("CHILDREN|:evil", query.from_sql + query.where_sql) == []


@pytest.fixture(scope="module")
def both():
    if not postgresql_url():
        pytest.skip("needs TEST_DATABASE_URL")
    with open_engine("sqlite") as first, open_engine("postgresql") as second:
        yield first, second


@given(text=filters, sort=st.sampled_from(["", "t,id", "-j,id", "rel.title,id", "-s2:each,id", "n,id"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_engines_select_the_same(both, text, sort):
    info = RequestInfo(auth=ALICE.auth, query={"q": "hi"})
    parse(text)
    results = []
    for opened in both:
        try:
            found = select(opened, "things", rule=text, sort=sort, info=info)
            results.append(found if sort else sorted(found))
        except FilterError as error:
            results.append(str(error))
    assert results[0] == results[1]
