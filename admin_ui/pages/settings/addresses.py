"""The screens about addresses: whom a proxy speaks for, and where superusers may act from."""

from typing import Any

from django.http import HttpRequest

from admin_ui.pages.settings.sections import SectionPage, Shown
from admin_ui.settings.forms import Submitted, lines_in
from admin_ui.settings.sections import value_at
from platform_app.requests.client_ip import is_listed, proxy_headers_seen, real_ip, remote_ip

# What proxies say of the client, the usual one first.
KNOWN_HEADERS = (
    "X-Forwarded-For",
    "X-Real-IP",
    "CF-Connecting-IP",
    "Fly-Client-IP",
    "True-Client-IP",
    "Fastly-Client-IP",
)
_LONGEST_SHOWN = 200


class TrustedProxyPage(SectionPage):
    name = "trusted-proxy"

    def more_context(self, request: HttpRequest, shown: Shown) -> dict[str, Any]:
        trusted = [str(name) for name in value_at(shown.settings, "trustedProxy.headers") or ()]
        low = {name.lower() for name in trusted}
        others = [name for name in KNOWN_HEADERS if name.lower() not in low]
        seen = proxy_headers_seen(request, (*trusted, *others))
        return {
            "remote_ip": remote_ip(request),
            "seen": {name: line[:_LONGEST_SHOWN] for name, line in seen.items()},
            "untrusted": [name for name in others if name in seen],
            "missing": bool(trusted) and not any(name in seen for name in trusted),
            "suggested": sorted(others, key=lambda name: name not in seen),
        }

    def do(self, request: HttpRequest, submitted: Submitted) -> None:
        """Add the header that the button names."""
        _add_line(submitted, "trustedProxy.headers", request.POST["do"])


class SuperuserIPsPage(SectionPage):
    name = "superuser-ips"

    def more_context(self, request: HttpRequest, shown: Shown) -> dict[str, Any]:
        text = shown.submitted.texts.get("superuserIPs") if shown.submitted else None
        listed = lines_in(text) if text is not None else value_at(shown.settings, "superuserIPs") or ()
        return {"is_mine_listed": is_listed(real_ip(request), tuple(map(str, listed)))}

    def do(self, request: HttpRequest, submitted: Submitted) -> None:
        _add_line(submitted, "superuserIPs", real_ip(request))


def _add_line(submitted: Submitted, path: str, line: str) -> None:
    known = lines_in(submitted.texts.get(path, ""))
    submitted.texts[path] = "\n".join(known if line in known else [*known, line])
