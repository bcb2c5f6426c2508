"""Rate limits: which rule decides, what it counts, whom it spares (contract/system.md 10 and 18)."""

import pytest
from django.test import Client

from platform_app.runtime_settings.current import current
from platform_app.wire.errors import TooManyRequests
from system_app.limits import rate_limits
from system_app.limits.counters import Counters
from system_app.limits.decisions import Lookup
from system_app.limits.rate_limits import check_request
from system_app.middleware.rate_limit import RateLimitMiddleware
from tests.auth_app.accounts import answer, error
from tests.system_app.limits.clock import Clock
from tests.system_app.limits.rules import rule
from tests.system_app.settings_row import save, superuser


def check(method, path, ip, auth):
    check_request(current().rate_limits, method, path, ip, auth)


TOO_MANY = error(429, "Too Many Requests.")


def stored(*rules):
    return [
        {
            "label": r.label,
            "audience": r.audience,
            "duration": r.duration_seconds,
            "maxRequests": r.max_requests,
        }
        for r in rules
    ]


class TestWhichRule:
    @pytest.mark.parametrize(
        ("rules", "labels", "found"),
        [
            pytest.param([rule("a"), rule("b")], ["b", "a"], 1, id="first label"),
            pytest.param(
                [rule("/api/"), rule("/api/health")], ["GET /api/health", "/api/health"], 1, id="exact"
            ),
            pytest.param([rule("/"), rule("/api/")], ["/api/health"], 0, id="first prefix, not the longest"),
            pytest.param([rule("/api/")], ["/api"], 0, id="a prefix without its slash"),
            pytest.param([rule("/api")], ["/api/health"], None, id="no prefix without a slash"),
            pytest.param(
                [rule("GET /a/"), rule("/a/b")], ["GET /a/b", "/a/b"], 0, id="prefix of first label"
            ),
            pytest.param([rule("/api/"), rule("a:list")], ["a:list", "/api/x"], 1, id="action before path"),
            pytest.param(
                [rule("a", audience="@guest"), rule("a", audience="@auth")], ["a"], 1, id="audience"
            ),
            pytest.param([rule("a", audience="@guest"), rule("/")], ["a", "/x"], 1, id="none for members"),
            pytest.param([], ["a"], None, id="no rules"),
        ],
    )
    def test_for_members(self, rules, labels, found):
        assert Lookup(rules, is_auth=True).find(labels) == (None if found is None else rules[found])

    def test_for_guests(self):
        rules = [rule("a", audience="@auth"), rule("a", audience="@guest")]
        assert Lookup(rules, is_auth=False).find(["a"]) == rules[1]


@pytest.fixture
def clock(monkeypatch) -> Clock:
    """The clock of the process's counters, which start empty."""
    clock = Clock()
    monkeypatch.setattr(rate_limits, "counters", Counters(clock))
    return clock


class TestRequests:
    @pytest.fixture(autouse=True)
    def _collections(self, make_collection, clock):
        text = [{"type": "text", "name": "t"}]
        rules = {"list_rule": "", "view_rule": "", "create_rule": "", "update_rule": "", "delete_rule": ""}
        self.posts = make_collection("posts", text, id="pbc_posts", **rules)
        make_collection("notes", text, **rules)
        self.clock = clock

    def limit(self, *rules, **members):
        save(rateLimits={"enabled": True, "rules": stored(*rules), **members}, batch={"enabled": True})

    @staticmethod
    def statuses(*paths, client=None):
        return [(client or Client()).get(path).status_code for path in paths]

    def test_the_answer(self):
        self.limit(rule("/api/health", most=1))
        client = Client()
        assert client.get("/api/health").status_code == 200
        refused = client.get("/api/health")
        assert answer(refused) == TOO_MANY
        assert sorted(refused.headers) == [
            "Content-Type",
            "Vary",
            "X-Content-Type-Options",
            "X-Frame-Options",
            "X-Xss-Protection",
        ]

    def test_the_next_window_lets_in_again(self):
        self.limit(rule("/api/health", seconds=10))
        assert self.statuses("/api/health", "/api/health") == [200, 429]
        self.clock.now += 10
        assert self.statuses("/api/health") == [200]

    def test_disabled_rules_do_not_count(self):
        self.limit(rule("/api/"), enabled=False)
        assert self.statuses("/api/health", "/api/health") == [200, 200]

    def test_saving_settings_resets(self):
        self.limit(rule("/api/health"))
        assert self.statuses("/api/health", "/api/health") == [200, 429]
        self.limit(rule("/api/health"))
        assert self.statuses("/api/health") == [200]

    def test_a_collection_is_one_by_name_and_id(self):
        self.limit(rule("posts:list", most=2))
        by_name, by_id = "/api/collections/posts/records", "/api/collections/pbc_posts/records"
        assert self.statuses(by_name, by_id, by_name, by_id) == [200, 200, 429, 429]

    def test_head_counts_and_preflights_do_not(self):
        self.limit(rule("posts:list", most=1))
        path = "/api/collections/posts/records"
        client = Client()
        methods = (client.options, client.head, client.options, client.get)
        assert [method(path).status_code for method in methods] == [204, 200, 204, 429]

    def test_generic_routes_share_a_rule_and_collections_do_not(self):
        self.limit(rule("/api/"))
        assert self.statuses("/api/health", "/api/nope", "/api/health") == [200, 429, 429]
        paths = ["/api/collections/posts/records", "/api/collections/notes/records"]
        assert self.statuses(*paths, *paths) == [200, 200, 429, 429]
        assert self.statuses("/api/collections/posts/records/x", "/api/collections/posts/records/y") == [
            404,
            429,
        ]

    def test_an_encoded_slash_parts_no_segments_but_labels_see_it(self):
        def statuses(*paths):
            return [Client().get(path, RAW_PATH=path).status_code for path in paths]

        self.limit(rule("/api/"))
        # A record like others; and a collection of that name, which is a path like others.
        records = "/api/collections/posts/records"
        assert statuses(f"{records}/a%2Fb", f"{records}/c") == [404, 429]
        assert statuses("/api/collections/posts%2Frecords", "/api/health") == [401, 429]
        self.limit(rule(f"{records}/a/b"))
        assert statuses(*[f"{records}/a%2Fb"] * 2) == [404, 429]

    def test_unknown_collections_are_not_counted(self):
        self.limit(rule("*:list"))
        assert self.statuses(*["/api/collections/nope/records"] * 2) == [404, 404]

    def test_writes_are_counted_before_their_bodies_are_read(self):
        self.limit(rule("posts:create"))
        client, path = Client(), "/api/collections/posts/records"
        posts = [client.post(path, text, content_type="application/json") for text in ("{", '{"t":"x"}')]
        assert [response.status_code for response in posts] == [400, 429]

    def test_superusers_are_spared(self):
        self.limit(rule("/api/"))
        assert self.statuses(*["/api/health"] * 3, client=superuser()) == [200, 200, 200]

    def test_audiences(self, bob):
        self.limit(rule("/api/", audience="@guest"), rule("/api/health", most=2, audience="@auth"))
        assert self.statuses(*["/api/health"] * 3, client=bob) == [200, 200, 429]
        assert self.statuses(*["/api/health"] * 2) == [200, 429]

    @pytest.mark.parametrize(
        ("ips", "statuses"),
        [
            pytest.param(["127.0.0.0/8"], [200, 200], id="listed subnet"),
            pytest.param(["10.0.0.1", "127.0.0.1"], [200, 200], id="listed address"),
            pytest.param(["10.0.0.0/8"], [200, 429], id="other"),
        ],
    )
    def test_excluded_addresses(self, ips, statuses):
        self.limit(rule("/api/"), excludedIPs=ips)
        assert self.statuses("/api/health", "/api/health") == statuses

    def test_items_of_a_batch_count_apart_from_single_requests(self):
        self.limit(rule("*:create"))
        client, url = Client(), "/api/collections/posts/records"
        item = {"method": "POST", "url": url, "body": {"t": "x"}}

        def batch(*items):
            return client.post("/api/batch", {"requests": list(items)}, content_type="application/json")

        assert batch(item).status_code == 200
        refused = {"data": {}, "message": "Too Many Requests.", "status": 429}
        failed = {"code": "batch_request_failed", "message": "Batch request failed.", "response": refused}
        assert answer(batch(item)) == error(400, "Batch transaction failed.", {"requests": {"0": failed}})
        assert client.post(url, {"t": "x"}, content_type="application/json").status_code == 200

    def test_a_request_that_starts_over_counts_once(self, rf):
        self.limit(rule("/api/health"))
        passes = RateLimitMiddleware(lambda request: None)
        request = rf.get("/api/health")
        request.scope = {}
        assert [passes(request), passes(request)] == [None, None]
        with pytest.raises(TooManyRequests):
            check("GET", "/api/health", "127.0.0.1", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "label"),
    [
        ("GET", "records", "listing:list"),
        ("POST", "records", "listing:create"),
        ("GET", "records/x", "listing:view"),
        ("PATCH", "records/x", "listing:update"),
        ("DELETE", "records/x", "listing:delete"),
        ("GET", "auth-methods", "listing:listAuthMethods"),
        ("POST", "auth-refresh", "listing:authRefresh"),
        ("POST", "auth-with-password", "listing:authWithPassword"),
        ("POST", "auth-with-oauth2", "listing:authWithOAuth2"),
        ("POST", "auth-with-otp", "listing:authWithOTP"),
        ("POST", "auth-with-otp", "*:auth"),
        ("POST", "request-otp", "listing:requestOTP"),
        ("POST", "request-password-reset", "listing:requestPasswordReset"),
        ("POST", "confirm-password-reset", "listing:confirmPasswordReset"),
        ("POST", "request-verification", "listing:requestVerification"),
        ("POST", "confirm-verification", "listing:confirmVerification"),
        ("POST", "request-email-change", "listing:requestEmailChange"),
        ("POST", "confirm-email-change", "listing:confirmEmailChange"),
    ],
)
def test_every_action_has_its_label(make_collection, clock, method, path, label):
    make_collection("listing")
    save(rateLimits={"enabled": True, "rules": stored(rule(label))})
    check(method, f"/api/collections/listing/{path}", "1.2.3.4", None)
    with pytest.raises(TooManyRequests):
        check(method, f"/api/collections/listing/{path}", "1.2.3.4", None)


@pytest.mark.django_db
def test_files_have_a_label(make_collection, clock):
    make_collection("listing")
    save(rateLimits={"enabled": True, "rules": stored(rule("*:file"))})
    check("HEAD", "/api/files/listing/x/y.png", "1.2.3.4", None)
    with pytest.raises(TooManyRequests):
        check("GET", "/api/files/listing/x/z.png", "1.2.3.4", None)
