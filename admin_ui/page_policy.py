"""What a page of the dashboard may load and do: our own files, and nothing written into the page itself.

Records are other people's content. Should some of it ever get into a page as markup, the browser still runs
none of it, loads nothing from elsewhere and sends no form away.
"""

from django.http import HttpResponse


def policy(*, pictures_from: str = "") -> str:
    """Ours, with one more origin that pictures may come from.

    Frames show what a script of ours has fetched: a PDF that belongs to a record.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src 'self' data: blob: {pictures_from}; font-src 'self'; media-src 'self'; connect-src 'self'; "
        "frame-src blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ).replace(" ;", ";")


POLICY = policy()


def secure_page(response: HttpResponse) -> None:
    """Put the policy on a page that has none of its own, as the pages for everybody have."""
    if response.get("Content-Type", "").startswith("text/html"):
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
