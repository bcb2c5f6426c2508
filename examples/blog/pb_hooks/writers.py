"""Nobody signs up: `manage.py writer you@example.com` makes an account and prints its password."""

from django.core.management.base import BaseCommand, CommandError

from auth_app.accounts import find_auth_record_by_email, set_random_password
from collections_app.fetching import new_record
from collections_app.records.writing.saving import save_record
from joey import command


@command("writer")
class Writer(BaseCommand):
    help = "Make an account for somebody who writes, and print its password."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, email, name, **options):
        if find_auth_record_by_email("users", email) is not None:
            raise CommandError(f"{email} has an account.")
        writer = new_record("users", {"email": email, "name": name or email.partition("@")[0]})
        password = set_random_password(writer)
        save_record(writer)
        self.stdout.write(password)
