"""The shop's own admin, at /admin/."""

from django.contrib import admin

from shop.models import Author, Book

admin.site.register([Author, Book])
