"""Every expression and clause of PocketBase's query builder (dbx), as it is written with Django's ORM.

The tests run on the engine at hand; with DATABASE_URL that is PostgreSQL, with the same results.
"""

import pytest
from django.db.models import Avg, Count, Exists, F, Max, Min, OuterRef, Q, Sum, TextField, Value
from django.db.models.functions import Concat, Lower

from collections_app.orm import collection_model
from platform_app.database.named_sql import expression, query
from tests.collections_app.articles import hire, make_articles, write


@pytest.fixture(autouse=True)
def _articles(make_collection):
    make_articles(make_collection)
    ann, bob = hire("ann"), hire("bob")
    write(
        title="Apple pie",
        slug="a",
        status="public",
        views=10,
        active=True,
        author=ann,
        category="food",
        meta=1,
    )
    write(title="Banana split", slug="b", status="reviewed", views=20, author=ann, category="food")
    write(title="50% off_sale", slug="c", status="draft", views=30, author=bob, category="shop")
    write(title="Cherry pie", slug="d", status="draft", views=40, active=True, category="food", meta=[])


def articles():
    return collection_model("articles").objects


def writers():
    return collection_model("writers").objects


def slugs(*conditions):
    return "".join(articles().filter(*conditions).order_by("slug").values_list("slug", flat=True))


EXPRESSIONS = {
    "NewExp": (expression("status = 'public'"), "a"),
    "NewExp_params": (expression("views > {:min} AND views < {:max}", {"min": 10, "max": 40}), "bc"),
    "NewExp_like": (expression("title LIKE '%pie'"), "ad"),
    "HashExp": (Q(slug="a", active=True), "a"),
    "HashExp_several": (Q(status__in=["public", "draft"], active=True), "ad"),
    "HashExp_null": (Q(meta__isnull=True), "bc"),
    "Not": (~Q(status="draft"), "ab"),
    "Not_exp": (~Q(expression("status = 'draft'")), "ab"),
    "And": (Q(status="draft") & Q(title__icontains="pie"), "d"),
    "Or": (Q(status="public") | Q(title__icontains="pie"), "ad"),
    "And_in_Or": (Q(status="public") | (Q(active=True) & expression("views > {:n}", {"n": 10})), "ad"),
    "In": (Q(status__in=["public", "reviewed"]), "ab"),
    "In_nothing": (Q(status__in=[]), ""),
    "NotIn": (~Q(status__in=["public", "reviewed"]), "cd"),
    "NotIn_nothing": (~Q(status__in=[]), "abcd"),
    "Like": (Q(title__icontains="PIE"), "ad"),
    "Like_all": (Q(title__icontains="an") & Q(title__icontains="split"), "b"),
    "Like_escaped_percent": (Q(title__icontains="50%"), "c"),
    "Like_escaped_underscore": (Q(title__icontains="off_s"), "c"),
    "Like_escaped_only": (Q(title__icontains="_p"), ""),
    "Like_match_start": (Q(title__istartswith="ch"), "d"),
    "Like_match_end": (Q(title__iendswith="pie"), "ad"),
    "Like_match_whole": (Q(title__iexact="apple PIE"), "a"),
    "NotLike": (~Q(title__icontains="pie") & ~Q(title__icontains="off"), "b"),
    "NotLike_match_start": (~Q(title__istartswith="ch"), "abc"),
    "OrLike": (Q(title__icontains="split") | Q(title__icontains="off"), "bc"),
    "OrLike_match_start": (Q(title__istartswith="a") | Q(title__istartswith="b"), "ab"),
    "OrNotLike": (~Q(title__icontains="pie") | ~Q(title__icontains="apple"), "bcd"),
    "OrNotLike_match_start": (~Q(title__istartswith="a") | ~Q(title__istartswith="c"), "abcd"),
    "Between": (Q(views__range=(20, 30)), "bc"),
    "NotBetween": (~Q(views__range=(20, 30)), "ad"),
}


@pytest.mark.parametrize(("condition", "expected"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expression(condition, expected):
    assert slugs(condition) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"), [("50!%%", "c"), ("%!_sale", "c"), ("_pple%", "a"), ("%pie", "ad")]
)
def test_like_with_a_pattern_of_ones_own(pattern, expected):
    assert slugs(expression("title LIKE {:pattern} ESCAPE '!'", {"pattern": pattern})) == expected


def test_exists():
    of_ann = writers().filter(name="ann", id=OuterRef("author"))
    assert slugs(Exists(of_ann)) == "ab"
    assert slugs(expression("EXISTS (SELECT 1 FROM writers WHERE name = {:name})", {"name": "ann"})) == "abcd"


def test_not_exists():
    of_ann = writers().filter(name="ann", id=OuterRef("author"))
    assert slugs(~Exists(of_ann)) == "cd"
    assert slugs(expression("NOT EXISTS (SELECT 1 FROM writers WHERE name = {:n})", {"n": "zoe"})) == "abcd"


def test_select():
    found = articles().filter(slug="a").values("slug", heading=F("title"))
    found = found.annotate(full=Concat("title", Value(" - "), "status", output_field=TextField()))
    assert list(found) == [{"slug": "a", "heading": "Apple pie", "full": "Apple pie - public"}]


def test_distinct():
    assert sorted(articles().values_list("category", flat=True).distinct()) == ["food", "shop"]


def test_from_several_tables():
    sql = "SELECT a.slug, w.name FROM articles a, writers w WHERE w.id = a.author ORDER BY a.slug"
    assert [tuple(row.values()) for row in query(sql).all()] == [("a", "ann"), ("b", "ann"), ("c", "bob")]


@pytest.mark.parametrize(
    ("join", "expected"),
    [
        pytest.param("INNER JOIN", [("a", "ann"), ("b", "ann"), ("c", "bob")], id="inner"),
        pytest.param("LEFT JOIN", [("a", "ann"), ("b", "ann"), ("c", "bob"), ("d", None)], id="left"),
        pytest.param("FULL OUTER JOIN", [("a", "ann"), ("b", "ann"), ("c", "bob"), ("d", None)], id="full"),
    ],
)
def test_join(join, expected):
    sql = f"SELECT a.slug, w.name FROM articles a {join} writers w ON w.id = a.author ORDER BY a.slug"
    assert [tuple(row.values()) for row in query(sql).all()] == expected


def test_right_join():
    sql = (
        "SELECT w.name, count(a.id) AS n FROM articles a RIGHT JOIN writers w ON w.id = a.author "
        "AND a.status = {:status} GROUP BY w.name ORDER BY w.name"
    )
    assert query(sql, {"status": "public"}).all() == [{"name": "ann", "n": 1}, {"name": "bob", "n": 0}]


def test_a_subquery_stands_for_a_join():
    of_ann = writers().filter(name="ann").values("pk")
    assert slugs(Q(author__in=of_ann)) == "ab"


def test_where_and_or():
    found = articles().filter(expression("slug = {:slug}", {"slug": "a"})).filter(status="public")
    either = found | articles().filter(Q(active=True), expression("views > {:n}", {"n": 30}))
    assert "".join(either.order_by("slug").values_list("slug", flat=True)) == "ad"


def test_order_by():
    found = articles().order_by("category", "-views", Lower("title"))
    assert "".join(found.values_list("slug", flat=True)) == "dbac"


def test_group_by_and_having():
    groups = articles().values("category").annotate(total=Sum("views"), n=Count("pk")).filter(total__gt=30)
    assert list(groups.order_by("category")) == [{"category": "food", "total": 70, "n": 3}]
    either = (
        articles()
        .values("category", "status")
        .annotate(n=Count("pk"))
        .filter(Q(n__gt=1) | Q(status="public"))
    )
    assert list(either) == [{"category": "food", "status": "public", "n": 1}]


def test_aggregates():
    found = articles().aggregate(low=Min("views"), high=Max("views"), mean=Avg("views"))
    assert found == {"low": 10, "high": 40, "mean": 25}


def test_limit_and_offset():
    found = articles().order_by("slug").values_list("slug", flat=True)
    assert ("".join(found[:2]), "".join(found[2:3]), "".join(found[3:])) == ("ab", "c", "d")


def test_one_and_all_of_a_record_query():
    found = articles().filter(status="draft").order_by("-views")
    assert (found.first().title, [one.slug for one in found]) == ("Cherry pie", ["d", "c"])
    assert articles().filter(status="none").first() is None
