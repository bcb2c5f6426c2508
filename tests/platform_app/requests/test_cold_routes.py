"""Routes whose views are imported when they are first asked for."""

import sys

import pytest
from django.urls import Resolver404
from django.urls.resolvers import RegexPattern, URLResolver

from platform_app.requests import cold_routes
from platform_app.requests.cold_routes import include_later, load_cold_routes

URLCONF = """
from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("orders/<int:number>", lambda request, number: HttpResponse())]
"""
NAME = "shop_urls_of_a_test"


@pytest.fixture
def resolver(monkeypatch, tmp_path):
    """One cold URLconf, which lies in a module that nobody has imported."""
    monkeypatch.setattr(cold_routes, "_urlconfs", [])
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{NAME}.py").write_text(URLCONF)
    yield URLResolver(RegexPattern("^/"), [include_later("shop/", NAME)])
    sys.modules.pop(NAME, None)


def test_a_path_with_another_beginning_imports_nothing(resolver):
    with pytest.raises(Resolver404):
        resolver.resolve("/else/orders/1")
    assert NAME not in sys.modules


def test_the_first_path_that_begins_so_finds_its_view(resolver):
    assert resolver.resolve("/shop/orders/7").kwargs == {"number": 7}
    assert NAME in sys.modules


def test_they_are_imported_beside_the_first_requests(resolver, monkeypatch):
    started = []

    class Timer:
        def __init__(self, seconds, work):
            self.work = work

        def start(self):
            started.append(self.work)

    monkeypatch.setattr(cold_routes.threading, "Timer", Timer)
    load_cold_routes()
    assert NAME not in sys.modules
    for work in started:
        work()
    assert NAME in sys.modules
