"""The log and the SQL console."""

from tests.browser.browsing import Tab
from tests.browser.screen import Screen


class Answered(Screen):
    """The SQL console with an answer of a query."""

    def open(self, tab: Tab, ids: dict[str, list[str]]) -> None:
        super().open(tab, ids)
        tab.page.click("#run")
        tab.page.wait_for_selector("#result")
        tab.page.click("#chart-switch")
        tab.page.wait_for_load_state("networkidle")


SCREENS = (
    Screen("logs", "/_/logs/", "figure[data-plot] canvas"),
    Screen("log", "/_/logs/entries/log000000000200/?level=error", "#panel .facts"),
    Screen("logs-wrong-filter", "/_/logs/?filter=status =", "#filter-problem"),
    Screen("logs-none", "/_/logs/?filter=nobody-has-written-this", ".empty-state"),
    Screen("logs-without-script", "/_/logs/?chart=1", ".log-chart svg"),
    Screen("log-endpoints", "/_/logs/endpoints/", ".endpoints tbody tr"),
    Screen("log-empty", "/_/logs/empty/", ".danger-fill"),
    Screen("sql", "/_/sql/", "#query"),
    Answered("sql-result", "/_/sql/?table=posts", "#query"),
)
