"""What stands around the collections, and the doors."""

from tests.browser.screen import Screen

SCREENS = (
    Screen("home", "/_/", ".figures"),
    Screen("collections", "/_/collections/", ".collection-list"),
    Screen("jump", "/_/jump/?q=post", "#content .menu-item"),
    Screen("password", "/_/password_change/", "#id_old_password"),
)
DOORS = (
    Screen("sign-in", "/_/login/", "#login-form"),
    Screen("forgotten-password", "/_/forgotten-password/", "#id_email"),
)
