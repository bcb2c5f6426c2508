"""The screens of the settings."""

from tests.browser.screen import Screen

_FORM = "#settings-form"

SCREENS = (
    Screen("settings", "/_/settings/", ".account-row"),
    Screen("settings-sessions", "/_/settings/sessions/", ".session-list li"),
    *(
        Screen(f"settings-{name}", f"/_/settings/{name}/", _FORM)
        for name in (
            "application",
            "mail",
            "storage",
            "backup-schedule",
            "rate-limits",
            "batch",
            "trusted-proxy",
            "superuser-ips",
            "logs",
        )
    ),
)
