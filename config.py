"""Settings: read once from the environment, typed, frozen, and refused when unsafe.

Only `wsgi.py` and tests read this module; everything else receives what it needs.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

ROOT = Path(__file__).resolve().parent

ENVIRONMENTS = ("development", "test", "production")
DEVELOPMENT_SECRET = "development-only-secret-key"  # noqa: S105 - refused in production below
DEVELOPMENT_FIELD_KEY = "ZGV2ZWxvcG1lbnQtb25seS1maWVsZC1rZXktMDAwMDA="
SANDBOX_KEY = "sk_test_sandbox"
SANDBOX_WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105 - shared with the local sandbox only
#: A database that ends with its process: for tests.
IN_MEMORY = "sqlite://"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
STRIPE_CHECKOUT_ORIGIN = "https://checkout.stripe.com"
#: A hundred years: further away dates end.
LONGEST_JUMP_S = 100 * 366 * 24 * 3600


class UnsafeSettings(Exception):
    """The settings cannot be used. Lists every fault by the setting's name, never its value."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("Settings refused:\n" + "\n".join(f"  {fault}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the environment decides. See README for each name."""

    environment: str
    secret_key: str
    database_url: str
    base_url: str
    content_dir: Path
    stripe_secret_key: str
    stripe_webhook_secrets: tuple[str, ...]
    stripe_api_base: str | None
    mail_url: str
    mail_from: str
    field_keys: tuple[str, ...]
    redis_url: str | None
    clock_offset_s: int
    metrics_token: str | None
    trusted_proxies: int
    content_index: Path | None = None
    pictures_dir: Path = ROOT / "instance" / "pictures"

    @property
    def production(self) -> bool:
        """Whether real clients and real money are behind these settings."""
        return self.environment == "production"

    @property
    def checkout_origin(self) -> str:
        """Where the hosted payment page lives: the one foreign place a form may lead to."""
        if self.stripe_api_base is None:
            return STRIPE_CHECKOUT_ORIGIN
        parts = urlsplit(self.stripe_api_base)
        return f"{parts.scheme}://{parts.netloc}"


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from `environ`. Raises UnsafeSettings with all faults at once."""
    faults: list[str] = []
    environment = environ.get("APP_ENV", "development")
    if environment not in ENVIRONMENTS:
        raise UnsafeSettings([f"APP_ENV: must be one of {', '.join(ENVIRONMENTS)}"])
    production = environment == "production"
    port = _whole_number(environ, "PORT", 5000, faults, least=1, most=65_534)  # the sandbox is on the next one

    def text(name: str, development: str) -> str:
        value = environ.get(name, "").strip()
        if value or not production:
            return value or development
        faults.append(f"{name}: is required in production")
        return ""

    stripe_key = text("STRIPE_SECRET_KEY", SANDBOX_KEY)
    uses_sandbox = not environ.get("STRIPE_SECRET_KEY", "").strip() and not production
    api_base = environ.get("STRIPE_API_BASE", "").strip() or (f"http://127.0.0.1:{port + 1}" if uses_sandbox else None)
    settings = Settings(
        environment=environment,
        secret_key=text("SECRET_KEY", DEVELOPMENT_SECRET),
        database_url=_database_url(text("DATABASE_URL", f"sqlite:///{ROOT / 'instance' / 'site.db'}")),
        base_url=text("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        content_dir=Path(environ.get("CONTENT_DIR") or ROOT / "content"),
        stripe_secret_key=stripe_key,
        # a secret pasted with a line end would look like a wrong signature
        stripe_webhook_secrets=_list(text("STRIPE_WEBHOOK_SECRETS", SANDBOX_WEBHOOK_SECRET)),
        stripe_api_base=api_base,
        mail_url=text("MAIL_URL", f"file:{ROOT / 'instance' / 'mail'}"),
        mail_from=text("MAIL_FROM", "Example practice <bookings@practice.example>"),
        field_keys=_list(text("FIELD_KEYS", DEVELOPMENT_FIELD_KEY)),
        redis_url=environ.get("REDIS_URL", "").strip() or None,
        clock_offset_s=_whole_number(environ, "CLOCK_OFFSET_S", 0, faults, least=-LONGEST_JUMP_S, most=LONGEST_JUMP_S),
        metrics_token=environ.get("METRICS_TOKEN", "").strip() or None,
        trusted_proxies=_whole_number(environ, "TRUSTED_PROXIES", 0, faults, least=0, most=9),
        content_index=_content_index(environ),
        pictures_dir=Path(environ.get("PICTURES_DIR") or ROOT / "instance" / "pictures"),
    )
    faults += _unusable(settings) + _unsafe_anywhere(settings)
    if production:
        faults += _unsafe_in_production(settings)
    if faults:
        raise UnsafeSettings(faults)
    return settings


def _content_index(environ: Mapping[str, str]) -> Path | None:
    """Where readings of the content are kept; a folder of one's own has no index unless one is named."""
    named = environ.get("CONTENT_INDEX", "").strip()
    if named:
        return Path(named)
    return None if environ.get("CONTENT_DIR") else ROOT / "instance" / "content.index"


def _unusable(settings: Settings) -> list[str]:
    """What would fail later, in the middle of a start or of a request. Empty ones are told where they are required."""
    faults = []
    base, database, redis = settings.base_url, settings.database_url, settings.redis_url
    known = database == IN_MEMORY or database.startswith(("sqlite:///", "postgresql+psycopg://"))
    if database and not (known and _split(database)):
        faults.append("DATABASE_URL: must be sqlite:///FILE or postgresql://USER@HOST/NAME")
    if base and not _is_origin(base):
        faults.append("BASE_URL: must be http:// or https:// and a host, without a path")
    if settings.stripe_secret_key and not settings.stripe_secret_key.startswith(("sk_", "rk_")):
        faults.append("STRIPE_SECRET_KEY: must begin with sk_ or rk_")
    if not settings.stripe_webhook_secrets:
        faults.append("STRIPE_WEBHOOK_SECRETS: needs at least one")
    if not settings.field_keys or not all(map(_is_field_key, settings.field_keys)):
        faults.append("FIELD_KEYS: each must be a Fernet key, 32 bytes in url-safe base64")
    if redis and not redis.startswith(("redis://", "rediss://", "redis+unix://")):
        faults.append("REDIS_URL: must begin with redis://, rediss:// or redis+unix://")
    return faults


def _split(url: str) -> SplitResult | None:
    """The address taken apart; None for what makes no sense as one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_origin(url: str) -> bool:
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return not (parts.path or parts.query or parts.fragment or parts.username)


def _is_field_key(text: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(text)) == 32
    except (binascii.Error, ValueError):
        return False


def _unsafe_anywhere(settings: Settings) -> list[str]:
    faults = []
    if settings.stripe_api_base is not None:
        if "_live_" in settings.stripe_secret_key:
            faults.append("STRIPE_API_BASE: a live key must never be sent to another address than Stripe's")
        parts = _split(settings.stripe_api_base)
        if parts is None or parts.hostname not in LOOPBACK:
            faults.append("STRIPE_API_BASE: the sandbox may only be on this machine")
    if "_live_" in settings.stripe_secret_key and not settings.production:
        faults.append("STRIPE_SECRET_KEY: a live key is only for production")
    return faults


def _unsafe_in_production(settings: Settings) -> list[str]:
    checks = {
        "SECRET_KEY: the development key is public": settings.secret_key == DEVELOPMENT_SECRET,
        "SECRET_KEY: at least 32 characters are needed": 0 < len(settings.secret_key) < 32,
        "BASE_URL: must begin with https://": bool(settings.base_url) and not settings.base_url.startswith("https://"),
        "STRIPE_SECRET_KEY: a live key is needed in production": bool(settings.stripe_secret_key)
        and not settings.stripe_secret_key.startswith(("sk_live_", "rk_live_")),
        "STRIPE_API_BASE: must not be set in production": settings.stripe_api_base is not None,
        "STRIPE_WEBHOOK_SECRETS: the sandbox's secret is public": SANDBOX_WEBHOOK_SECRET
        in settings.stripe_webhook_secrets,
        "FIELD_KEYS: the development key is public": DEVELOPMENT_FIELD_KEY in settings.field_keys,
        "MAIL_URL: mail to files is for development": settings.mail_url.startswith("file:"),
        "CLOCK_OFFSET_S: the clock must not be moved in production": settings.clock_offset_s != 0,
    }
    return [fault for fault, unsafe in checks.items() if unsafe]


def _database_url(url: str) -> str:
    """SQLAlchemy's name for a database address; plain `postgresql://` means psycopg 3 here."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _whole_number(
    environ: Mapping[str, str], name: str, default: int, faults: list[str], *, least: int, most: int
) -> int:
    value = environ.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        faults.append(f"{name}: must be a whole number")
        return default
    if not least <= number <= most:
        faults.append(f"{name}: must be from {least} to {most}")
        return default
    return number
