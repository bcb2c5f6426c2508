"""The editor of a collection, and what one does with a whole one."""

from tests.browser.screen import Screen

SCREENS = (
    Screen("editor", "/_/collections/posts/edit/", "#fields"),
    Screen("editor-auth", "/_/collections/users/edit/", "#fields"),
    Screen("editor-view", "/_/collections/post_stats/edit/", ".schema-list"),
    Screen("editor-system", "/_/collections/_superusers/edit/", "#fields"),
    Screen("editor-new", "/_/collections/new-collection/", "#fields"),
    Screen("editor-new-view", "/_/collections/new-collection/?type=view", "#view-query"),
    Screen("editor-copy", "/_/collections/new-collection/?like=users", "#indexes li"),
    Screen("collection-truncate", "/_/collections/posts/edit/truncate/", "#typed-name"),
    Screen("collection-delete", "/_/collections/posts/edit/delete/", "#typed-name"),
)
