"""Templates beside drop-in files: found before those of apps, and read as Django reads them."""

import pytest
from django.conf import settings
from django.template import TemplateDoesNotExist, autoreload, engines
from django.template.loader import get_template, render_to_string


@pytest.fixture
def views():
    """The folder, to write templates into, as it is before anybody has made it."""
    folder = settings.JOEY_HOOKS_DIR / "views"
    folder.mkdir(parents=True)
    autoreload.reset_loaders()
    yield folder
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    folder.parent.rmdir()
    autoreload.reset_loaders()


def write(views, **templates):
    for name, text in templates.items():
        (views / f"{name}.html").write_text(text)


def test_a_page_fills_the_blocks_of_its_layout(views):
    write(
        views,
        layout="<title>{% block title %}Default{% endblock %}</title>{% block body %}Empty{% endblock %}",
        hello='{% extends "layout.html" %}{% block body %}Hello {{ name }}{% endblock %}',
    )
    assert render_to_string("hello.html", {"name": "John"}) == "<title>Default</title>Hello John"


def test_a_page_includes_another(views):
    write(views, page='<p>{% include "part.html" %}</p>', part="{{ name }}")
    assert render_to_string("page.html", {"name": "x"}) == "<p>x</p>"


def test_values_are_escaped_unless_they_are_safe(views):
    write(views, page="{{ name }} {{ content|safe }}")
    assert render_to_string("page.html", {"name": "<b>", "content": "<i>"}) == "&lt;b&gt; <i>"


def test_a_text_is_a_template():
    assert engines["django"].from_string("Hello {{ name }}").render({"name": "&"}) == "Hello &amp;"


def test_templates_of_apps_come_after_ones_own(views):
    assert render_to_string("auth_app/mail.html", {"content": "x"}).startswith("<!DOCTYPE html>")
    autoreload.reset_loaders()
    (views / "auth_app").mkdir()
    (views / "auth_app" / "mail.html").write_text("content: {{ content }}")
    assert render_to_string("auth_app/mail.html", {"content": "x"}) == "content: x"


def test_functions_of_ones_own(views):
    # A library in the templatetags/ of an app: one of Django's.
    write(views, page='{% load static %}{% static "a.css" %}')
    assert render_to_string("page.html") == settings.STATIC_URL + "a.css"


def test_a_template_is_read_once(views):
    write(views, page="first")
    first = get_template("page.html")
    write(views, page="second")
    assert render_to_string("page.html") == first.render() == "first"


@pytest.mark.parametrize("name", ["missing.html", "../outside.html", "/etc/hostname"])
def test_nothing_else_is_a_template(views, name):
    (views.parent / "outside.html").write_text("x")
    try:
        with pytest.raises(TemplateDoesNotExist):
            render_to_string(name)
    finally:
        (views.parent / "outside.html").unlink()
