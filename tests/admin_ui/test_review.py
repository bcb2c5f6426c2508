"""What the review says of a changed definition, and what it asks about."""

import pytest

from admin_ui.collection import review
from admin_ui.collection.review import Change, RuleText, changes_of
from admin_ui.collection.saving import proposed
from collections_app.catalog import load_catalog
from collections_app.definitions.draft import edit_collection, new_collection
from platform_app.wire.errors import BadRequest
from tests.auth_app.accounts import plant
from tests.collections_app.records.rows import insert

pytestmark = pytest.mark.django_db

OIDC = {
    "name": "oidc",
    "clientId": "a",
    "clientSecret": "b",
    "authURL": "https://a.example/auth",
    "tokenURL": "https://a.example/token",
    "userInfoURL": "https://a.example/info",
}


@pytest.fixture
def posts(db):
    fields = [{"type": "text", "name": "title"}, {"type": "select", "name": "mood", "values": ["a", "b"]}]
    return new_collection("posts", "base", {"fields": fields}).save()


@pytest.fixture
def people(db):
    draft = new_collection("people", "auth")
    draft.options["oauth2"] |= {"enabled": True, "providers": [OIDC]}
    return draft.save()


def changed(collection, **members) -> list[Change]:
    return changes_of(collection, proposed(collection, members))


def link_somebody(people) -> None:
    plant("_externalAuths", collectionRef=people.id, recordRef="somebody", provider="oidc", providerId="1")


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "text"),
        [
            pytest.param("", RuleText("Everyone", is_code=False), id="everyone"),
            pytest.param("id != ''", RuleText("id != ''", is_code=True), id="by_rule"),
        ],
    )
    def test_old_and_new_stand_beside_each_other(self, posts, rule, text):
        (change,) = changed(posts, listRule=rule)
        assert (change.kind, change.name, change.asks) == ("rule", "listRule", True)
        assert change.old == RuleText("Superusers only", is_code=False)
        assert change.new == text

    def test_none_and_empty_are_not_the_same(self, posts):
        draft = edit_collection(posts)
        draft.list_rule = ""
        assert [change.new.text for change in changed(draft.save(), listRule=None)] == ["Superusers only"]

    def test_those_of_accounts(self, people):
        told = changed(people, authRule=None, manageRule="verified = true", mfa={"rule": "verified = true"})
        assert [(change.name, change.old.text, change.new.text) for change in told] == [
            ("authRule", "Every account", "Nobody"),
            ("manageRule", "Nobody", "verified = true"),
            ("mfaRule", "Every account", "verified = true"),
        ]


class TestProviders:
    def test_another_host_is_asked_about_when_somebody_is_linked(self, people):
        elsewhere = {"providers": [{**OIDC, "tokenURL": "https://evil.example/token"}]}
        assert changed(people, oauth2=elsewhere) == []
        link_somebody(people)
        (change,) = changed(people, oauth2=elsewhere)
        assert (change.kind, change.name, change.asks) == ("provider", "oidc", True)
        assert change.words.startswith("Asks another host. 1 linked account")

    def test_another_path_is_not(self, people):
        link_somebody(people)
        assert changed(people, oauth2={"providers": [{**OIDC, "tokenURL": "https://a.example/x"}]}) == []


class TestFields:
    def test_no_more_records_are_looked_at_than_so_many(self, posts, monkeypatch):
        monkeypatch.setattr(review, "MOST_LOOKED_AT", 3)
        for at in range(5):
            insert(posts, id=f"record{at}".ljust(15, "0"), title="x")
        kept = [field.as_json() for field in posts.fields if field.name != "title"]
        (change,) = changed(posts, fields=kept)
        assert change.words == "Goes, with its values: 3 in the 3 records that were looked at."
        assert change.loses

    def test_what_holds_nothing_says_so(self, posts):
        kept = [field.as_json() for field in posts.fields if field.name != "title"]
        (change,) = changed(posts, fields=kept)
        assert (change.words, change.asks, change.loses) == (
            "Goes; no record has a value in it.",
            True,
            False,
        )

    def test_a_choice_that_goes_is_told_and_not_asked_about(self, posts):
        fields = [field.as_json() for field in posts.fields]
        (mood,) = (field for field in fields if field["name"] == "mood")
        mood["values"] = ["a"]
        (change,) = changed(posts, fields=fields)
        assert (change.kind, change.asks) == ("choices", False)

    def test_the_same_type_under_the_same_name_keeps_its_values(self, posts):
        fields = [
            {key: value for key, value in field.as_json().items() if key != "id"} for field in posts.fields
        ]
        assert changed(posts, fields=fields) == []

    def test_another_type_under_the_same_name_does_not(self, posts):
        fields = [field.as_json() for field in posts.fields if field.name != "title"]
        told = changed(posts, fields=[*fields, {"type": "number", "name": "title"}])
        assert [(change.kind, change.name) for change in told] == [("added", "title"), ("removed", "title")]


def test_what_is_refused_is_refused_before_it_is_reviewed(posts):
    with pytest.raises(BadRequest) as refused:
        proposed(posts, {"listRule": "nothing = 1"})
    assert set(refused.value.data) == {"listRule"}
    assert load_catalog().find("posts").list_rule is None
