"""Addresses: which ones we follow, and when two of them mean the same page.

`checked_url` is what is stored and fetched, `canonical_url` and `url_key` are only for comparing.
Whether the host and port behind an address may be contacted is decided at the socket, where the
final address is known (see `feeds.net`).
"""

import hashlib
import re
from typing import Final

from w3lib.url import canonicalize_url
from yarl import URL

from feeds.errors import BadAddress

MAX_URL_CHARACTERS: Final = 4096
"""Longer ones do not exist on real sites and fill logs and indexes (POLLING E9)."""

URL_KEY_BYTES: Final = 16
"""128 bits: no two of a billion addresses meet by chance."""

_WEB_SCHEMES: Final = ("http", "https")

_TRACKING_PREFIXES: Final = ("utm_", "vn_", "itm_", "mtm_", "pk_", "hsa_", "oly_")
"""Families of campaign parameters: Google, VnExpress, Matomo, HubSpot ads, Omeda."""

_TRACKING_NAMES: Final = frozenset(
    """
    fbclid fb_action_ids fb_action_types fb_ref fb_source gclid gclsrc gbraid wbraid dclid msclkid
    yclid twclid ttclid li_fat_id igsh igshid zarsrc mc_cid mc_eid mkt_tok ml_subscriber
    ml_subscriber_hash _ga _gl _hsenc _hsmi __hssc __hstc __hsfp hsctatracking vero_id vero_conv
    wickedid rb_clickid s_cid srsltid _bhlid maca cmpid ref_src
    """.split()  # noqa: SIM905 - forty lines of quotes would be harder to read and to compare
)
"""Parameters that say where a reader came from, never which page is shown."""

_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DNS_NAME: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
"""RFC 1035 §2.3.4 lengths; underscores are met in the wild."""
_MOBILE_OR_WWW: Final = re.compile(r"^(?:www|m)\.(?=[^.]+\.)")
_FEED_SCHEME: Final = re.compile(r"^feed:(?:(?://)?(?=https?://)|(?=//))", re.IGNORECASE)
"""`feed://host/x`, `feed:https://host/x` and the mixture some browsers make of them."""

_HAS_SCHEME: Final = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def checked_url(url: str, base: str | None = None) -> str:
    """Return the address in the form we store and fetch.

    Only http and https (`feed:` means https), at most 4,096 characters, no user name or password.
    The host comes back as lower-case ASCII (IDNA) without a trailing dot, path and query with
    everything percent-encoded that must be. With `base`, a checked address, a relative reference is resolved.
    Raises `BadAddress`; its text never holds credentials.
    """
    text = _without_feed_scheme(url.strip())
    if len(text) > MAX_URL_CHARACTERS:
        raise BadAddress(text[:100] + "…", f"longer than {MAX_URL_CHARACTERS} characters")
    try:
        parsed = _parsed(text, base)
        checked = str(parsed)
    except ValueError as error:
        raise BadAddress(without_credentials(text), str(error)) from None
    if len(checked) > MAX_URL_CHARACTERS:
        raise BadAddress(checked[:100] + "…", f"longer than {MAX_URL_CHARACTERS} characters")
    return checked


def without_credentials(url: str) -> str:
    """Return the address without user name and password, however malformed it is, for logs."""
    scheme, mark, rest = url.partition("//")
    end = min((rest.find(sign) for sign in "/?#" if sign in rest), default=len(rest))
    return scheme + mark + rest[:end].rpartition("@")[2] + rest[end:]


def canonical_url(url: str) -> str:
    """Return the address two links to the same page have in common; not for fetching.

    Fragment, campaign parameters, `www.` and `m.`, the default port and the order of the query are
    gone; percent-encoding is uniform. Takes what `checked_url` returned.
    """
    parsed = URL(canonicalize_url(url), encoded=True)
    kept = [pair for pair in parsed.raw_query_string.split("&") if not _tracks(pair)]
    host = _MOBILE_OR_WWW.sub("", parsed.raw_host or "")
    port = "" if parsed.is_default_port() else f":{parsed.port}"
    query = f"?{'&'.join(kept)}" if any(kept) else ""
    return f"{parsed.scheme}://{f'[{host}]' if ':' in host else host}{port}{parsed.raw_path}{query}"


def url_key(url: str) -> bytes:
    """Return 16 bytes that are equal for addresses of the same page, http or https alike."""
    schemeless = canonical_url(url).partition("://")[2]
    return hashlib.sha256(schemeless.encode()).digest()[:URL_KEY_BYTES]


def _without_feed_scheme(text: str) -> str:
    rest = _FEED_SCHEME.sub("", text)
    return f"https:{rest}" if rest.startswith("//") and rest != text else rest


def _parsed(text: str, base: str | None) -> URL:
    if _CONTROL_CHARACTER.search(text):
        raise ValueError("line breaks or control characters inside")
    if base is None and not _HAS_SCHEME.match(text):
        raise ValueError("not an http or https address")
    parsed = URL(text) if base is None else URL(base).join(URL(text))
    if parsed.scheme not in _WEB_SCHEMES:
        raise ValueError("not an http or https address")
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise ValueError("user names and passwords in addresses are not supported")
    host = (parsed.raw_host or "").removesuffix(".")
    if not (":" in host or _DNS_NAME.fullmatch(host)):
        raise ValueError("no host, or an impossible one")
    if parsed.port == 0:
        raise ValueError("port 0")
    return parsed if host == parsed.raw_host else parsed.with_host(host)


def _tracks(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES)
