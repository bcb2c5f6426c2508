"""The verified primary address from an endpoint that lists all of a user's, as GitHub's and Gitea's do."""

from auth_app.providers import facts
from auth_app.providers.grant import Grant, parsed

# Whoever did not allow to see the addresses signs in without.
WITHOUT_PERMISSION = frozenset({401, 403, 404})


def primary_email(grant: Grant, url: str) -> str:
    """The first address that is verified and primary; "" when there is none, or it may not be seen.

    Raises UserRefused for an answer that is no list of addresses.
    """
    answer = grant.ask(url)
    if answer.status in WITHOUT_PERMISSION:
        return ""
    for item in facts.items(parsed(answer.body, url)):
        if facts.truth(item, "verified") and facts.truth(item, "primary"):
            return facts.text(item, "email")
    return ""
