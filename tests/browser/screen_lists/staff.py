"""Staff, groups, and the history of changes."""

from tests.browser.screen import Screen

SCREENS = (
    Screen("staff", "/_/staff-accounts/", ".staff"),
    Screen("staff-member-new", "/_/staff-accounts/members/new/", "#member-form"),
    Screen("staff-group-new", "/_/staff-accounts/groups/new/", "#group-form"),
    Screen("history", "/_/change-history/", ".history"),
    Screen("history-collection", "/_/collections/posts/history/", ".history"),
)
