"""`GET /api/health` for superusers: how the server sees who is calling (contract/system.md 8)."""

import pytest

from tests.system_app.settings_row import save, superuser


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "trusted", "seen"),
    [
        pytest.param({}, [], ("", "127.0.0.1"), id="none"),
        pytest.param({"CF-Connecting-IP": "1.2.3.4"}, [], ("CF-Connecting-IP", "127.0.0.1"), id="well_known"),
        pytest.param({"X-Forwarded-For": "1.2.3.4"}, [], ("", "127.0.0.1"), id="forwarded_for"),
        pytest.param(
            {"X-Forwarded-For": "1.2.3.4"},
            ["X-Forwarded-For"],
            ("X-Forwarded-For", "1.2.3.4"),
            id="trusted_forwarded_for",
        ),
    ],
)
def test_health_tells_superusers_of_a_possible_proxy(headers, trusted, seen):
    save(trustedProxy={"headers": trusted})
    answer = superuser().get("/api/health", headers=headers).json()
    assert answer == {
        "code": 200,
        "data": {"canBackup": True, "possibleProxyHeader": seen[0], "realIP": seen[1]},
        "message": "API is healthy.",
    }
