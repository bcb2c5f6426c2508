"""`manage.py superuser`: make, change and delete the accounts that may do everything, and let them in."""

import getpass
import sys
from argparse import ArgumentParser
from copy import deepcopy
from typing import Any

from django.core.management.base import CommandError

from auth_app import superusers
from auth_app.superusers import SuperuserError
from platform_app.commands import DataCommand
from platform_app.runtime_settings.current import stored_settings
from platform_app.wire.errors import Invalid
from system_app.process_hooks import begin_command
from system_app.settings.saving import save_settings


class Command(DataCommand):
    help = "Makes, changes and deletes superusers, and opens the door to who is locked out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        # Without a title, argparse would list the sub-commands as `{create,...}` only.
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, help_text in (
            ("create", "make a superuser; fails if the email is taken"),
            ("upsert", "make a superuser, or change the password if the email is taken"),
            ("update", "change a superuser's password; fails if there is none"),
        ):
            action = actions.add_parser(name, help=help_text)
            action.add_argument("email")
            action.add_argument("password", nargs="?", help="asked for when it is missing")
        actions.add_parser(
            "one-factor", help="let a password alone sign superusers in: no second factor, no codes"
        )
        otp = actions.add_parser("otp", help="make a one-time code for a superuser, and print it")
        otp.add_argument("email")
        ips = actions.add_parser("ips", help="let superusers act from these addresses only; none: from all")
        ips.add_argument("addresses", nargs="*", metavar="IP", help="an address or a subnet: 10.0.0.0/24")
        actions.add_parser("list", help="list them")
        delete = actions.add_parser("delete", help="delete a superuser; the last one stays")
        delete.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            begin_command()
            if options["action"] == "ips":
                self._allow_only(options["addresses"])
            elif options["action"] == "list":
                self._list()
            else:
                self._run(options["action"], options.get("email", ""), options.get("password"))
        except SuperuserError as error:
            raise CommandError(str(error)) from error

    def _run(self, action: str, email: str, password: str | None) -> None:
        if action == "delete":
            if superusers.delete_superuser(email):
                self.stdout.write(self.style.SUCCESS(f"Deleted superuser {email}."))
            else:
                self.stdout.write(self.style.WARNING(f"There is no superuser {email}; nothing to delete."))
            return
        if action == "one-factor":
            changed = superusers.ask_for_one_factor()
            done = (
                "A password alone signs superusers in now."
                if changed
                else "It does already; nothing to change."
            )
            self.stdout.write(self.style.SUCCESS(done))
            return
        if action == "otp":
            self._tell(superusers.create_code(email), email)
            return
        if password is None:
            password = _ask_password()
        if action == "create":
            superusers.create_superuser(email, password)
        elif action == "update":
            superusers.change_password(email, password)
        else:
            superusers.upsert_superuser(email, password)
        self.stdout.write(self.style.SUCCESS(f"Saved superuser {email}."))

    def _list(self) -> None:
        for email, created in superusers.superusers():
            self.stdout.write(f"{created[:10]}  {email}")

    def _tell(self, code: superusers.NewCode, email: str) -> None:
        self.stdout.write(self.style.SUCCESS(f"Made a one-time code for superuser {email}:"))
        self.stdout.write(f"  Id:    {code.otp_id}")
        self.stdout.write(f"  Code:  {code.password}")
        self.stdout.write(f"  Valid: {code.valid_seconds} s")

    def _allow_only(self, addresses: list[str]) -> None:
        settings = deepcopy(dict(stored_settings().data))
        settings["superuserIPs"] = addresses
        try:
            save_settings(settings)
        except Invalid as error:
            said = (
                f"{', '.join(addresses)}: expected addresses such as 10.0.0.5, or subnets such as 10.0.0.0/24"
            )
            raise CommandError(said) from error
        said = f"from {', '.join(addresses)} only" if addresses else "from every address"
        self.stdout.write(self.style.SUCCESS(f"Superusers may act {said} now."))


def _ask_password() -> str:
    """The password, typed twice. Raises CommandError when there is nobody to ask or the two differ."""
    if not sys.stdin.isatty():
        raise CommandError("The password is missing: give it as the last argument.")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password (again): "):
        raise CommandError("The two passwords differ. Nothing was changed.")
    return password
