"""The tabs "API rules" and "Query" of a collection's editor."""

from tests.browser.screen import Screen

SCREENS = (
    Screen("rules", "/_/collections/posts/edit/rules/", "#trial .try-list"),
    Screen("rules-as", "/_/collections/posts/edit/rules/?as=users:{user}", "#trial .try-list"),
    Screen("rules-auth", "/_/collections/users/edit/rules/", "#trial .try-list"),
    Screen("query", "/_/collections/post_stats/edit/query/", "#sample table"),
)
