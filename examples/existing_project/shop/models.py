"""What the bookshop keeps."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Cast


class Customer(AbstractUser):
    """Who signs in to the shop."""

    city = models.CharField(max_length=100, blank=True)


class Author(models.Model):
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    title = models.CharField(max_length=200)
    pages = models.PositiveIntegerField(default=0)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    in_stock = models.BooleanField(default=True)
    published = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    purchase_note = models.TextField(blank=True)

    class Meta:
        # Joey's: by this one a record is found by its id, which is a text.
        indexes = [models.Index(Cast("id", models.TextField()), name="shop_book_id_as_text")]

    def __str__(self) -> str:
        return self.title
