"""`manage.py moderator you@example.com` makes an account for a moderator and prints its password."""

from django.core.management.base import BaseCommand, CommandError

from auth_app.accounts import find_auth_record_by_email, set_random_password
from collections_app.fetching import new_record
from collections_app.records.writing.saving import save_record
from joey import command


@command("moderator")
class Moderator(BaseCommand):
    help = "Make an account for a moderator, and print its password."

    def add_arguments(self, parser):
        parser.add_argument("email")

    def handle(self, email, **options):
        if find_auth_record_by_email("moderators", email) is not None:
            raise CommandError(f"{email} has an account.")
        moderator = new_record("moderators", {"email": email})
        password = set_random_password(moderator)
        save_record(moderator)
        self.stdout.write(password)
