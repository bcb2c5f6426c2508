"""What of the shop the API shows, and who may change it; found by the name of this file."""

from collections_app.exposing.exposures import expose
from shop.models import Author, Book

expose(Author, name="authors", fields=["name"], list_rule="", view_rule="")

expose(
    Book,
    name="books",
    fields=["title", "pages", "price", "in_stock", "published", "author"],
    list_rule="in_stock = true || @request.auth.id != ''",
    view_rule="",
    writable=True,
    create_rule="@request.auth.id != '' && pages > 0",
    update_rule="@request.auth.id != ''",
)
