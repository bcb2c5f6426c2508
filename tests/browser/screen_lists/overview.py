"""What collections are to apps and to each other: the API preview, the diagram, all rules."""

from tests.browser.screen import Screen

SCREENS = (
    Screen("relations", "/_/overview/relations/", ".diagram .entity"),
    Screen("relations-system", "/_/overview/relations/?system=1", ".diagram .entity"),
    Screen("rules", "/_/overview/rules/", ".rules-table tbody tr"),
    Screen("api", "/_/collections/posts/api/", ".api-samples"),
    Screen("api-create", "/_/collections/posts/api/create/?language=python&status=400", ".api-samples"),
    Screen("api-auth", "/_/collections/users/api/auth-with-password/?language=curl", ".api-samples"),
    Screen("api-filters", "/_/collections/posts/api/filters/", ".guide"),
)
