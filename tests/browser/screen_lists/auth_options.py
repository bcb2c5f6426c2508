"""How the records of a collection sign in."""

from tests.browser.screen import Screen

SCREENS = (
    Screen("auth-options", "/_/collections/users/edit/auth/", ".method-card"),
    Screen("auth-providers", "/_/collections/users/edit/auth/providers/", ".provider-list"),
    Screen("auth-provider", "/_/collections/users/edit/auth/providers/oidc/", "#editor-form"),
    Screen("auth-provider-apple", "/_/collections/users/edit/auth/providers/apple/", "#editor-form"),
    Screen("auth-mails", "/_/collections/users/edit/mails/", ".method-card"),
)
