"""Which rows a filter selects: the observed tables of contract/filters.md 4 and 12, on both engines."""

import pytest

from collections_app.filterlang.errors import FilterError
from tests.collections_app.filterlang.engines import GUEST, select

ALL = "A B C D E F G H I J K"
EMPTY_LISTS = "C E F G H I J K"


def table(*rows):
    """Parameters from (filters, ids): several filters in one entry select the same rows."""
    return [
        pytest.param(text, ids.split(), id=text) for filters, ids in rows for text in filters.split(" ;; ")
    ]


LITERALS = table(
    ("t = 5 ;; t = 5.0", "K"),
    ("t = '5' ;; n = '5' ;; n = '5.0' ;; n = 5", "D"),
    ("t = 1 ;; n = 'abc' ;; n = '' ;; n = null", ""),
    ("n = -0", "B G H I J K"),
    ("n < '1'", "B C G H I J K"),
    ("t < '5'", "C J"),
    ("t < 5", "C D J"),
    ("d = '2024-05-01' ;; t:length = 3", ""),
    ("t:isset = true", "J"),
    ("t:each = 'abc' ;; d ~ '2024-05-01' ;; d > '2024'", "A"),
    ("'1' = 1 ;; 0 = '' ;; 0 = null ;; false = null", ""),
    ("1 = 1.0 ;; true = 1 ;; null = '' ;; null = null ;; '' = ''", ALL),
    ("null != null ;; '' != null ;; 'a' = 'A' ;; true = 'true' ;; b = 'true' ;; b = null ;; b = ''", ""),
    ("b = '1' ;; b = 1 ;; b = TRUE ;; b != false ;; b > 0", "A"),
    ("n = 007 ;; n > -.5 && n > 6 && n < 7", ""),
    ("t = 'abc' && n = 1", "A"),
    ("t = 'abc' || t = 'ABC' && n = 5", "A"),
    ("(t = 'abc' || t = 'ABC') && n = 0", "B"),
    ("t != 'abc'", "B C D E F G H I J K"),
    ("t = '' ;; t = null ;; null = t", "C"),
    ("t != '' ;; null != t", "A B D E F G H I J K"),
    ("s1 = t", ""),
    ("t:lower = 'abc'", "A B"),
)


@pytest.mark.parametrize(("text", "ids"), LITERALS)
def test_literals_casts_and_comparison(engine, text, ids):
    assert sorted(select(engine, "things", filter=text)) == ids


LIKE = table(
    ("t ~ 'abc' ;; t ~ 'ABC' ;; t ~ 'ab%' ;; t ~ '%bc'", "A B"),
    ("t ~ '' ;; t ~ '%' ;; t ~ '%%'", ALL),
    ("t ~ 'é'", "I"),
    ("t ~ 'É'", "H"),
    ("t !~ '' ;; t ~ null ;; t !~ null", ""),
    (r"t ~ 'a_b' ;; t ~ 'a\_b' ;; t ~ 'a\\_b' ;; t ~ '_'", "E"),
    (r"t ~ 'a\%b'", "F"),
    ("t ~ 'a%b'", "E F G"),
    ("t ~ '%_'", "A B D E F G H I J K"),
    (r"t ~ 'a\b' ;; t ~ 'a\\b' ;; t ~ '\\'", "G"),
    ("t ~ '___%'", "A B E F G K"),
    ("'abc' ~ t ;; '%abc%' ~ t", "A B C F G"),
    ("t ~ t", "A B C D E F H I J K"),
    ("t ~ 5 ;; t ~ 5.0", "D K"),
    ("n ~ '1'", "A C E F"),
    ("n ~ '1%'", "A E F"),
    ("t ?~ 'abc'", "A B"),
)


@pytest.mark.parametrize(("text", "ids"), LIKE)
def test_like(engine, text, ids):
    assert sorted(select(engine, "things", filter=text)) == ids


JSON = table(
    ("j = 5", "C"),
    ("j = '5'", "B"),
    ("j = null", "J K"),
    ("j.a = 5 ;; j.s = '5' ;; j.t = true ;; j.t = 1 ;; j.o.x = 'y'", "A"),
    ("j.a = '5' ;; j.s = 5 ;; j.nope = '' ;; j.z = ''", ""),
    ("j.a = null", "B C D E F G H I J K"),
    ("j.nope = null ;; j.nope != '' ;; j.nope = j.nope2 ;; g.foo = null", ALL),
    ("j = true ;; j = 1", "H"),
    ("j = ''", "F"),
    ("j = '[]'", "I"),
    ("j = '{}'", "E"),
    ("j.l = '[1,2]' ;; j.l.0 = 1", "A"),
    ("j != ''", "A B C D E G H I J K"),
    ("j != null", "A B C D E F G H I"),
    ("j.0 = 1", "D"),
    ("j.l:length = 2 ;; j:length = 3 ;; j.l:each = 1", ""),
    ("j ~ '1'", "A D H"),
    ("j.a = n ;; g = '' ;; g = null", ""),
    ("g.lat = 0", "A C E F G H I J K"),
    ("g.lat > 42 && g.lon < 24", "B D"),
    ("j.a > 4 && j.a < 'x'", "A"),
)


@pytest.mark.parametrize(("text", "ids"), JSON)
def test_json(engine, text, ids):
    assert sorted(select(engine, "things", filter=text)) == ids


SETS = table(
    ("s2 = 'a' ;; s2 ?= 'a' ;; s2 = '' ;; s2 = null", ""),
    ("s2:each = 'a' ;; s2:each ~ 'a'", "B"),
    ("s2:each ?= 'a' ;; s2:each ?~ 'a' ;; s2 ~ 'a' ;; s2:lower ~ '\"a\"'", "A B"),
    ("s2:each != 'a'", f"D {EMPTY_LISTS}"),
    ("s2:each ?!= 'a'", f"A D {EMPTY_LISTS}"),
    ("s2:each !~ 'a' ;; s2:each > 'a'", "D"),
    ("s2:each ?!~ 'a' ;; s2:each ?> 'a' ;; s2:length = 2", "A D"),
    ("s2 = '[]' ;; s2:length = 0 ;; s2:each = ''", EMPTY_LISTS),
    ("s2:each != ''", "A B D"),
    ("s2:each = s2:each", f"B {EMPTY_LISTS}"),
    ("s2:each ?= s2:each", ALL),
    ("s1:length = 1 ;; s1:each != ''", "A C"),
    ("s1:each = 'a'", "A"),
)


@pytest.mark.parametrize(("text", "ids"), SETS)
def test_sets(engine, text, ids):
    assert sorted(select(engine, "things", filter=text)) == sorted(ids)


def test_a_list_with_one_element_equals_its_json_text(engine):
    assert select(engine, "things", filter="s2 = '[\"a\"]'") == ["B"]


BACK = table(
    ("singles_via_par.v = 'hi' ;; singles_via_par.v ?= 'hi'", "A"),
    ("children_via_par.v = 'hi'", "B"),
    ("children_via_par.v ?= 'hi'", "A B"),
    ("children_via_par.v != 'hi' ;; children_via_par.v = ''", "C D E F G H I J K"),
    ("children_via_par.v ?!= 'hi'", "A C D E F G H I J K"),
    ("children_via_pars.v ?= 'hi'", "A E"),
    ("CHILDREN_via_par.v ?= 'ho' ;; children_id_via_par.v ?= 'ho'", "A"),
    ("children_via_par.par.t ?= 'abc' ;; children_via_par.par.children_via_par.v ?= 'ho'", "A"),
)


@pytest.mark.parametrize(("text", "ids"), BACK)
def test_back_relations(engine, text, ids):
    assert sorted(select(engine, "things", filter=text)) == ids


RELATIONS = table(
    ("rel.title = 'x'", "A"),
    ("rel.id = 'zz' ;; rel = 'zz'", "C"),
    ("rel.title = '' && rel != ''", "C"),
    ("rel.up.title = 'x'", "B"),
    ("owner.name ~ 'a' ;; owner.id = 'alice'", "A"),
)


@pytest.mark.parametrize(("text", "ids"), RELATIONS)
def test_relations(engine, text, ids):
    assert sorted(select(engine, "things", filter=text)) == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        pytest.param("rels.title = 'x'", ["r1", "r1,zz"], id="all_equal"),
        pytest.param("rels.title ?= 'x'", ["r1", "r1,r2", "r1,zz"], id="any_equal"),
        pytest.param("rels.title != 'x'", ["none", "r2", "r3", "zz"], id="all_unequal"),
        pytest.param("rels.title ?!= 'x'", ["none", "r1,r2", "r1,zz", "r2", "r3", "zz"], id="any_unequal"),
        pytest.param("rels.title ~ 'x'", ["r1", "r1,zz"], id="all_like"),
        pytest.param("rels.title !~ 'x'", ["r2", "r3"], id="all_unlike"),
        pytest.param("rels.title = ''", ["none", "r3", "zz"], id="all_empty"),
        pytest.param("rels.title != ''", ["r1", "r1,r2", "r2"], id="none_empty"),
        pytest.param("'x' = rels.title", ["r1", "r1,zz"], id="many_on_the_right"),
        pytest.param("rels.id ?= 'r2'", ["r1,r2", "r2"], id="any_id"),
        pytest.param("rels:length > 1", ["r1,r2", "r1,zz"], id="length_counts_dangling"),
        pytest.param("rels.title = rels.title", ["none", "r1", "r2", "r3", "zz"], id="every_pair"),
        pytest.param("rels.up.title ?= 'x'", ["r1,r2", "r2"], id="further_on"),
        pytest.param("rels.id ?= 'r1' && rels.title ?= 'y'", [], id="one_row_for_one_path"),
    ],
)
def test_all_versus_any(engine, text, ids):
    assert sorted(select(engine, "holders", filter=text)) == ids


@pytest.mark.parametrize(
    "text",
    [
        "n = abc",
        "nope = 1",
        "T = 'x'",
        "collectionId = 'x'",
        "collectionName = ''",
        "expand = ''",
        "@rowid = 1",
        "t.test = 1",
        "rel.nope = 1",
        "j.o.* = 1",
        "j['a'] = 1",
        "j.l.-1 = 1",
        "j.$ = 1",
        "j..a = 1",
        "s2:each:lower = 'a'",
        "s2.a = 1",
        "t:nope = 1",
        "children_via_par = ''",
        "children_via_par:length = 1",
        "children_via_v.v = ''",
        "nope_via_par.v = ''",
        "children_via_nope.v = ''",
        "users_via_best.nope = 1",
        "active",
        "nope() = 1",
        "GEODISTANCE(1,2,3,4) = 1",
        "@request.foo = 1",
        "@request.auth = 1",
        "@collection.things = 1",
        "@collection.nope.t = 1",
        "#t = 1",
        "children_via_par.par.children_via_par.par.children_via_par.par.children_via_par.v = ''",
    ],
)
def test_unknown_names_and_shapes_are_refused(engine, text):
    with pytest.raises(FilterError):
        select(engine, "things", rule=text)


def test_six_relations_are_the_most(engine):
    path = "children_via_par.par.children_via_par.par.children_via_par.par.t"
    assert select(engine, "things", filter=f"{path} ?= 'abc'") == ["A"]


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        pytest.param("t,id", "C J D K B F G E A H I", id="text_by_bytes"),
        pytest.param("-t", "I H A E G F B K D J C", id="descending"),
        pytest.param("n,-t", "C I H G B K J A D E F", id="second_item"),
        pytest.param("b,-d,t", "C J D K B F G E H I A", id="bool_and_date"),
        pytest.param("j,id", "J K H C F B D I G A E", id="json"),
        pytest.param("-j.a,id", "A B C D E F G H I J K", id="json_path"),
        pytest.param("rel.title,id", "C D E F G H I J K A B", id="relation_with_missing_first"),
        pytest.param("s2:each,id", "C E F G H I J K A B D", id="first_element"),
        pytest.param("-s2:each,id", "D A B C E F G H I J K", id="first_element_descending"),
        pytest.param("-singles_via_par.v,id", "B A C D E F G H I J K", id="single_back_relation"),
        pytest.param("+t:lower,-id", "C J D K F G E B A H I", id="lower"),
        pytest.param("g.lat,id", "A C E F G H I J K B D", id="geo"),
        pytest.param("s2:length,-id", "K J I H G F E C B D A", id="length"),
        pytest.param(" -n , id ", "F E D A B G H I J K C", id="blanks_around_items"),
    ],
)
def test_sort(engine, sort, ids):
    assert select(engine, "things", sort=sort) == ids.split()


def test_sort_by_row_number_and_at_random(engine):
    assert select(engine, "things", sort="@rowid") == ALL.split()
    assert select(engine, "things", sort="-@rowid") == ALL.split()[::-1]
    assert sorted(select(engine, "things", sort="@random", filter="rel.title != ''")) == ["A", "B"]


@pytest.mark.parametrize(
    "sort",
    [
        "a,,t",
        "t,",
        ",",
        "--t",
        "+-t",
        "nope",
        "null",
        "true",
        "1",
        '"x"',
        "@now",
        "@request.method",
        "@request.query.x",
        "K",
        "secret",
        "geoDistance(1,2,3,4)",
        "t t",
        "closed_via_par.v",
        "t," * 8 + "t",
        "t" * 256,
        "@collection.nope.t",
        "rel.nope",
    ],
)
def test_what_cannot_be_sorted_by(engine, sort):
    with pytest.raises(FilterError):
        select(engine, "things", sort=sort, info=GUEST)


def test_views_have_no_row_number(engine):
    assert select(engine, "seen", filter="title = 'one'", sort="-title") == ["s1"]
    with pytest.raises(FilterError, match="view"):
        select(engine, "seen", sort="@rowid")


def test_limits_of_client_filters(engine):
    assert select(engine, "things", filter="t = 'abc'" + " " * 3491) == ["A"]
    with pytest.raises(FilterError, match="3500 bytes"):
        select(engine, "things", filter="t = 'abc'" + " " * 3492)
    assert select(engine, "things", rule="t = 'abc'" + " " * 9000) == ["A"]
