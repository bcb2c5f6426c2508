"""The first rows of a query on PostgreSQL, without fetching the others."""


def first_rows(query: str, limit: int) -> tuple[str, str]:
    """Two statements for one transaction, the second of which yields the rows."""
    declare = f"DECLARE joey_first_rows NO SCROLL CURSOR FOR {query}"
    return declare, f"FETCH {limit:d} FROM joey_first_rows"
