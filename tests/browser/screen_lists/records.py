"""Lists and forms of records."""

from tests.browser.screen import Screen

SCREENS = (
    Screen("records", "/_/collections/posts/", "#rows tbody tr"),
    Screen("records-filtered", "/_/collections/posts/?filter=status = 'draft'&sort=title", "#rows tbody tr"),
    Screen("records-wrong-filter", "/_/collections/posts/?filter=title =", "#filter-problem"),
    Screen("records-empty", "/_/collections/orders/", ".empty-state"),
    Screen("records-view", "/_/collections/post_stats/", "#rows tbody tr"),
    Screen("superusers", "/_/collections/_superusers/", "#rows tbody tr"),
    Screen("record", "/_/collections/posts/records/{post}/", "#record-form"),
    Screen("record-auth", "/_/collections/users/records/{user}/", "#record-form"),
    Screen("record-new", "/_/collections/posts/new/", "#record-form"),
    Screen("record-delete", "/_/collections/posts/records/{post}/delete/", "#panel .danger-fill"),
)
