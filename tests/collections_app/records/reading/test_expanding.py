"""`?expand=`: contract/records.md 7 and 15.3."""

import pytest

from collections_app.records.querying.finding import find_record
from collections_app.records.reading import expanding, presenting
from collections_app.records.reading.expanding import MAX_PATHS, expand_paths
from collections_app.records.reading.presenting import present
from collections_app.request_info import RequestInfo
from platform_app.database.rows import fetch_all
from platform_app.wire.json_encoding import encode
from tests.collections_app.records.rows import insert

GUEST = RequestInfo()


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", []),
        (",", []),
        ("a,b.c", ["a", "b.c"]),
        (" rel , re ls ", ["rel", "rels"]),
        (".rel.", ["rel"]),
        ("rel,,rels,rel", ["rel", "rels"]),
        ("rel,rel.sub", ["rel.sub"]),
        ("rel.sub,rel,relx", ["rel.sub", "relx"]),
        ("a.b.c.d.e.f.g,a.b.c.d.e.f.h,a.b", ["a.b.c.d.e.f"]),
    ],
)
def test_paths_read_as(text, paths):
    assert [".".join(path) for path in expand_paths(text)] == paths


@pytest.fixture
def family(make_collection):
    """`parents`, and `children` that point to them in four ways; one parent's children are hidden."""
    parents = make_collection("parents", [{"type": "text", "name": "t"}], view_rule="t != 'secret'")
    closed = make_collection("closed", [{"type": "text", "name": "t"}])

    def relation(name, target=parents, **options):
        return {"type": "relation", "name": name, "collectionId": target.id, "maxSelect": 1, **options}

    children = make_collection(
        "children",
        [
            {"type": "text", "name": "t"},
            relation("one"),
            relation("many", maxSelect=9),
            relation("only"),
            relation("hidden", hidden=True),
            relation("closed", closed),
        ],
        indexes=("CREATE UNIQUE INDEX `idx_only` ON `children` (`only`) WHERE `only` != ''",),
        view_rule="",
    )
    a, b = insert(parents, t="a"), insert(parents, t="b")
    secret, shut = insert(parents, t="secret"), insert(closed, t="x")
    child = insert(
        children, t="c", one=a, many=[b, "dangling0000000", a, secret], only=a, hidden=b, closed=shut
    )
    other = insert(children, t="d", one=secret)
    return {"parents": parents, "children": children, "a": a, "child": child, "other": other}


def expanded(collection, record_id, paths):
    """The `expand` of a record, every record in it reduced to its text and own expand; None when absent."""
    (json,) = present([find_record(collection, record_id)], GUEST, paths)
    return shortened(json).get("expand")


def shortened(json):
    short = {"t": json["t"]}
    if "expand" in json:
        short["expand"] = {
            key: [shortened(item) for item in value] if isinstance(value, list) else shortened(value)
            for key, value in json["expand"].items()
        }
    return short


A, B, C = {"t": "a"}, {"t": "b"}, {"t": "c"}


@pytest.mark.parametrize(
    ("paths", "expand"),
    [
        pytest.param("one", {"one": A}, id="single"),
        pytest.param("many", {"many": [B, A]}, id="multiple_in_stored_order"),
        pytest.param("hidden", {"hidden": B}, id="hidden_relation"),
        pytest.param("nope", None, id="unknown"),
        pytest.param("ONE", None, id="case"),
        pytest.param("t", None, id="no_relation"),
        pytest.param("closed", None, id="null_view_rule"),
        pytest.param("one,nope", {"one": A}, id="failures_stay_alone"),
        pytest.param("one,one.nope", None, id="failing_part_fails_its_path"),
        pytest.param(
            "one.children_via_one", {"one": {**A, "expand": {"children_via_one": [C]}}}, id="nested"
        ),
        pytest.param(
            "one.children_via_one,one.children_via_only",
            {"one": {**A, "expand": {"children_via_one": [C], "children_via_only": C}}},
            id="paths_merge",
        ),
    ],
)
def test_expands(family, paths, expand):
    assert expanded(family["children"], family["child"], paths) == expand


@pytest.mark.parametrize(
    ("paths", "expand"),
    [
        pytest.param("one", {}, id="rule_hides_it"),
        pytest.param("many", {}, id="empty_relation"),
        pytest.param("many.nope", {}, id="nothing_to_fail_in"),
        pytest.param("closed", None, id="null_view_rule_fails_without_ids"),
    ],
)
def test_expands_to_nothing(family, paths, expand):
    assert expanded(family["children"], family["other"], paths) == expand


@pytest.mark.parametrize(
    ("paths", "expand"),
    [
        pytest.param("children_via_one", {"children_via_one": [C]}, id="back"),
        pytest.param("children_via_many", {"children_via_many": [C]}, id="back_from_multiple"),
        pytest.param("children_via_only", {"children_via_only": C}, id="unique_is_single"),
        pytest.param("CHILDREN_via_one", {"CHILDREN_via_one": [C]}, id="key_as_written"),
        pytest.param("children(one)", {"children(one)": [C]}, id="old_syntax"),
        pytest.param("children_via_closed", None, id="points_elsewhere"),
        pytest.param("children_via_t", None, id="no_relation"),
        pytest.param("nope_via_one", None, id="no_collection"),
    ],
)
def test_expands_back(family, paths, expand):
    assert expanded(family["parents"], family["a"], paths) == expand


def test_depth_ends_after_six_levels(make_collection):
    nodes = make_collection(
        "nodes",
        [
            {"type": "text", "name": "t"},
            {"type": "relation", "name": "next", "collectionId": "nodes_id0000000", "maxSelect": 1},
        ],
        id="nodes_id0000000",
        view_rule="",
    )
    me = "node00000000000"
    insert(nodes, id=me, t="n", next=me)
    found, depth = expanded(nodes, me, ".".join(["next"] * 8)), 0
    while found:
        found, depth = found["next"].get("expand"), depth + 1
    assert depth == 6


def test_back_relation_is_capped(make_collection, monkeypatch):
    monkeypatch.setattr("collections_app.records.reading.expanding.MAX_BACK_RELATED", 2)
    parents = make_collection("parents", [{"type": "text", "name": "t"}])
    relation = {"type": "relation", "name": "p", "collectionId": parents.id, "maxSelect": 1}
    children = make_collection("children", [{"type": "text", "name": "t"}, relation], view_rule="")
    parent = insert(parents, t="p")
    for text in "abc":
        insert(children, t=text, p=parent)
    assert expanded(parents, parent, "children_via_p") == {"children_via_p": [A, B]}


def test_one_query_per_relation_and_level(family, django_assert_num_queries, monkeypatch):
    from collections_app.records.querying import finding

    asked = []

    def counted(*query):
        asked.append(query)
        return fetch_all(*query)

    monkeypatch.setattr(finding, "fetch_all", counted)
    records = [find_record(family["children"], family[name]) for name in ("child", "other")]
    present(records, GUEST, "one,many")
    assert len(asked) == 2


# --- bounds -------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(make_collection):
    """Four `nodes` that all point at all four."""
    kids = {"type": "relation", "name": "kids", "collectionId": "nodes_id0000000", "maxSelect": 9}
    nodes = make_collection(
        "nodes", [{"type": "text", "name": "t"}, kids], id="nodes_id0000000", view_rule=""
    )
    ids = [f"node{number}0000000000" for number in range(4)]
    for number, node in enumerate(ids):
        insert(nodes, id=node, t=str(number), kids=ids)
    return nodes


def answered(collection, expand, info=GUEST):
    records = [find_record(collection, f"node{number}0000000000") for number in range(4)]
    return present(records, info, expand)


PICKING = RequestInfo(query={"fields": "id"})  # keeps even many records as objects


def test_a_record_that_many_expand_is_loaded_and_written_once(crowd, monkeypatch):
    loaded, written = [], []
    find, of = expanding.find_viewable, presenting._Shape.of
    monkeypatch.setattr(expanding, "find_viewable", lambda *args: noting(loaded, find(*args)))
    monkeypatch.setattr(presenting._Shape, "of", lambda self, record: noting(written, of(self, record)))
    (first, *_) = answered(crowd, "kids.kids.kids")
    assert first["expand"]["kids"][3]["expand"]["kids"][2]["expand"]["kids"][1]["t"] == "1"
    assert (sum(map(len, loaded)), len(written)) == (3 * 4, 4 + 3 * 4)


@pytest.mark.parametrize("info", [GUEST, PICKING], ids=["whole", "to_be_picked_from"])
def test_many_records_read_the_same_as_few(crowd, monkeypatch, info):
    few = encode(answered(crowd, "kids.kids,nodes_via_kids"))
    monkeypatch.setattr(presenting, "_FEW", 1)
    many = answered(crowd, "kids.kids,nodes_via_kids", info)
    assert encode(many) == few
    assert (type(many[0]["expand"]["kids"][0]) is dict) == (info is PICKING)


def noting(notes, value):
    notes.append(value)
    return value


@pytest.mark.parametrize(
    ("most", "is_expanded"),
    [pytest.param(4 + 16 + 64, True, id="as_many"), pytest.param(4 + 16 + 63, False, id="one_less")],
)
def test_what_would_be_too_many_records_is_not_expanded(crowd, monkeypatch, most, is_expanded):
    monkeypatch.setattr(presenting, "MAX_PRESENTED", most)
    monkeypatch.setattr(presenting, "_FEW", 1)
    assert ["expand" in record for record in answered(crowd, "kids.kids")] == [is_expanded] * 4


@pytest.mark.parametrize("info", [GUEST, PICKING], ids=["whole", "to_be_picked_from"])
@pytest.mark.parametrize(
    ("less", "is_expanded"),
    [pytest.param(0, True, id="as_much"), pytest.param(1, False, id="one_less")],
)
def test_what_would_be_too_much_text_is_not_expanded(crowd, monkeypatch, less, is_expanded, info):
    expands = [record["expand"]["kids"] for record in answered(crowd, "kids.kids")]
    size = sum(len(encode(kid)) for kids in expands for kid in kids)
    monkeypatch.setattr(presenting, "MAX_EXPANDED_CHARACTERS", size - less)
    monkeypatch.setattr(presenting, "_FEW", 1)
    assert ["expand" in record for record in answered(crowd, "kids.kids", info)] == [is_expanded] * 4


def test_a_path_that_loads_too_much_fails_alone(crowd, monkeypatch):
    monkeypatch.setattr(expanding, "MAX_LOADED", 9)
    (first, *_) = answered(crowd, "kids,nodes_via_kids.kids")
    assert {key: [record.get("expand") for record in found] for key, found in first["expand"].items()} == {
        "kids": [None] * 4
    }


def test_paths_over_the_cap_are_left_out(crowd):
    text = ",".join(f"x{number}" for number in range(10_000))
    assert [path for (path,) in expand_paths(f"kids,{text}")] == [
        "kids",
        *(f"x{number}" for number in range(MAX_PATHS - 1)),
    ]


def test_paths_that_share_their_records_are_merged_once(crowd, monkeypatch):
    merged = []
    merge = expanding._Expansion._merge_expands
    monkeypatch.setattr(expanding._Expansion, "_merge_expands", lambda *args: noting(merged, merge(*args)))
    paths = ",".join(f"kids.kids.kids.kids.kids.{last}" for last in ("kids", "nodes_via_kids"))
    (first, *_) = answered(crowd, paths, PICKING)
    for _ in range(5):
        first = first["expand"]["kids"][0]
    assert set(first["expand"]) == {"kids", "nodes_via_kids"}
    assert len(merged) <= 4 * 4 + 4 * 5 * 4 * 4


def test_back_relations_of_many_are_taken_up_to_the_cap(make_collection, monkeypatch):
    monkeypatch.setattr(expanding, "MAX_BACK_RELATED", 2)
    parents = make_collection("parents", [{"type": "text", "name": "t"}])
    relation = {"type": "relation", "name": "p", "collectionId": parents.id, "maxSelect": 9}
    children = make_collection("children", [{"type": "text", "name": "t"}, relation], view_rule="")
    one, two = insert(parents, t="1"), insert(parents, t="2")
    for text, pointed_at in (("a", [one]), ("b", [two, one]), ("c", [one]), ("d", [two])):
        insert(children, t=text, p=pointed_at)
    records = [find_record(parents, parent) for parent in (one, two)]
    found = present(records, GUEST, "children_via_p")
    assert [[child["t"] for child in parent["expand"]["children_via_p"]] for parent in found] == [
        ["a", "b"],
        ["b", "d"],
    ]
