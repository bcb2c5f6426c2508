"""Pages of the shop."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from shop.models import Book


def front_page(request: HttpRequest) -> HttpResponse:
    return render(request, "front_page.html", {"books": Book.objects.select_related("author")})
