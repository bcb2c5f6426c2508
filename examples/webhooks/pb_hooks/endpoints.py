"""`manage.py webhook https://example.com/hook` makes an endpoint and prints its secret."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from joey import collection_model, command


@command("webhook")
class Webhook(BaseCommand):
    help = "Tell a server of orders from now on, and print the secret that it checks signatures with."

    def add_arguments(self, parser):
        parser.add_argument("url")

    def handle(self, url, **options):
        try:
            endpoint = collection_model("webhook_endpoints").objects.create(url=url)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(endpoint.secret)
