"""The routes of the bookshop, and Joey's behind them."""

from django.contrib import admin
from django.urls import include, path
from shop.views import front_page

urlpatterns = [
    path("", front_page),
    path("admin/", admin.site.urls),
    path("", include("system_app.api_urls")),  # Joey's
]
