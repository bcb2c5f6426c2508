"""Whether a request reached the proxy before us by https.

We speak plain HTTP, so what stands before us has to say it, in `X-Forwarded-Proto`. Whoever calls us directly
may say so, too; it counts only where there is a proxy by what the runtime settings say.
"""

from urllib.parse import urlsplit

from django.http import HttpRequest

from platform_app.runtime_settings.current import current

# The name in META under which Django finds it (SECURE_PROXY_SSL_HEADER). No header of a request has it.
CAME_BY = "joey.came_by"

_HTTPS_PORT = ":443"


def came_by_https(request: HttpRequest) -> bool:
    """Whether the client's own connection is encrypted, as far as somebody says so whom we believe."""
    if request.is_secure():
        return True
    # Of several the last, as with addresses: the proxy next to us wrote it.
    said = request.META.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
    return said == "https" and _is_behind_proxy(request)


def _is_behind_proxy(request: HttpRequest) -> bool:
    """Whether proxy headers are trusted, or the request is for the public address, which is an https one."""
    settings = current()
    if settings.trusted_proxy.headers:
        return True
    public = urlsplit(app_origin())
    asked = request.get_host().lower().removesuffix(_HTTPS_PORT)
    return public.scheme == "https" and public.netloc.removesuffix(_HTTPS_PORT) == asked


def app_origin() -> str:
    """The origin of `meta.appURL`, "" when it has none: scheme and host as browsers send them.

    The default ports are left out, as browsers do.
    """
    try:
        url = urlsplit(current().meta.app_url.lower())
    except ValueError:
        return ""
    if not url.scheme or not url.netloc:
        return ""
    host = url.netloc.rpartition("@")[2].removesuffix({"https": ":443", "http": ":80"}.get(url.scheme, ""))
    return f"{url.scheme}://{host}"
