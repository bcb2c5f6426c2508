"""What is beside the fields of a record: other looks at it, and what is done with an account."""

from tests.browser.screen import Screen

_POST = "/_/collections/posts/records/{post}/"
_USER = "/_/collections/users/records/{user}/"

SCREENS = (
    Screen("record-form", _POST, ".rich-text[data-is-ready]"),
    Screen("record-copy", "/_/collections/posts/new/?from={post}", ".rich-text[data-is-ready]"),
    Screen("record-json", f"{_POST}json/", ".code-text"),
    Screen("record-view", "/_/collections/post_stats/records/{post}/", "#record-form[data-is-ready=true]"),
    Screen("record-providers", f"{_USER}providers/", "#panel .empty-state"),
    Screen("record-mail", f"{_USER}mail/verification/", "#panel .primary"),
    Screen("record-impersonate", f"{_USER}impersonate/", "#duration"),
    Screen("record-reset-tokens", f"{_USER}reset-tokens/", "#panel .danger-fill"),
)
