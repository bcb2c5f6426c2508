"""Rate limits: how often one address may call a route (contract/system.md 10)."""

from django.http import HttpRequest

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.system_names import SUPERUSERS
from collections_app.views.guards import auth_record
from platform_app.requests.client_ip import is_listed, real_ip
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import RateLimitSettings
from platform_app.wire.errors import TooManyRequests
from system_app.limits.counters import Counters, Counting
from system_app.limits.decisions import Decisions


class _Latest:
    """The latest decisions. Another thread may have made others meanwhile, which does not matter."""

    decisions: Decisions | None = None


def check_request(limits: RateLimitSettings, method: str, path: str, ip: str, auth: Record | None) -> None:
    """Count a request to the decoded `path` from an address, "" if it is not known, and by who has signed in.

    A route of a collection that does not exist, or cannot be written, is not counted: it will be refused.
    Raises TooManyRequests.
    """
    if not limits.enabled or _is_exempt(limits, ip, auth):
        return
    decision = _decisions(limits).of_request(method, path, auth is not None)
    if decision is not None and not counters.take(limits, decision.rule, decision.limiter, ip):
        raise TooManyRequests


def check_inner_write(
    request: HttpRequest, collection: Collection, action: str, method: str, path: str
) -> None:
    """Count a write within a request that is about more, such as a batch or an OAuth2 sign-up.

    It is counted apart from the same write as a request of its own. Raises TooManyRequests.
    """
    limits = current().rate_limits
    if not limits.enabled:
        return
    ip, auth = real_ip(request), auth_record(request)
    if _is_exempt(limits, ip, auth):
        return
    decision = _decisions(limits).of_action(
        collection, (action,), method, path, is_auth=auth is not None, is_inner=True
    )
    if decision is not None and not counters.take(limits, decision.rule, decision.limiter, ip):
        raise TooManyRequests


def _is_exempt(limits: RateLimitSettings, ip: str, auth: Record | None) -> bool:
    if auth is not None and auth.collection.name == SUPERUSERS:
        return True
    return not ip or (bool(limits.excluded_ips) and is_listed(ip, limits.excluded_ips))


def _decisions(limits: RateLimitSettings) -> Decisions:
    decisions, collections = _Latest.decisions, catalog()
    if decisions is None or decisions.limits is not limits or decisions.catalog is not collections:
        decisions = _Latest.decisions = Decisions(limits, collections)
    return decisions


# Of this process; servers count with others (system_app/limits/counting.py).
counters: Counting = Counters()
