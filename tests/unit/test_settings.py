"""Settings are refused when unsafe, by name and never by value."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.fernet import Fernet

from config import UnsafeSettings, load_settings

SAFE = {
    "APP_ENV": "production",
    "SECRET_KEY": "a-long-random-value-for-production-use",
    "DATABASE_URL": "postgresql://site@db.internal/site",
    "BASE_URL": "https://practice.example",
    "STRIPE_SECRET_KEY": "rk_live_1234567890",
    "STRIPE_WEBHOOK_SECRETS": "whsec_old, whsec_new\n",
    "MAIL_URL": "smtp://user:pass@mail.internal:587",
    "MAIL_FROM": "bookings@practice.example",
    "FIELD_KEYS": Fernet.generate_key().decode(),
}


def faults_of(changes: dict[str, str]) -> list[str]:
    with pytest.raises(UnsafeSettings) as caught:
        load_settings({**SAFE, **changes})
    return [fault.split(":")[0] for fault in caught.value.faults]


def test_safe_production_settings_are_accepted() -> None:
    settings = load_settings(SAFE)
    assert settings.production
    assert settings.database_url == "postgresql+psycopg://site@db.internal/site"
    assert settings.stripe_webhook_secrets == ("whsec_old", "whsec_new")
    assert settings.checkout_origin == "https://checkout.stripe.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "development-only-secret-key"),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", ""),
        ("BASE_URL", "http://practice.example"),
        ("STRIPE_SECRET_KEY", "sk_test_123"),
        ("STRIPE_SECRET_KEY", ""),
        ("STRIPE_API_BASE", "http://127.0.0.1:5001"),
        ("STRIPE_WEBHOOK_SECRETS", ""),
        ("STRIPE_WEBHOOK_SECRETS", "whsec_sandbox"),
        ("MAIL_URL", "file:/tmp/mail"),
        ("FIELD_KEYS", ""),
        ("CLOCK_OFFSET_S", "60"),
        ("CLOCK_OFFSET_S", "soon"),
        ("STRIPE_WEBHOOK_SECRETS", ","),
        ("FIELD_KEYS", " , "),
        ("FIELD_KEYS", "bm90LWEta2V5"),
        ("FIELD_KEYS", "ä"),
        ("TRUSTED_PROXIES", "-1"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://practice.example/site"),
        ("BASE_URL", "https://practice.example?x=1"),
    ],
)
def test_production_refuses_what_is_unsafe(name: str, value: str) -> None:
    assert name in faults_of({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://db.example/site"),
        ("DATABASE_URL", "sqlite://host/site.db"),
        ("DATABASE_URL", "postgresql://db.example:port/site"),
        ("BASE_URL", "practice.example"),
        ("BASE_URL", "https://practice.example/site"),
        ("BASE_URL", "https://[practice.example"),
        ("STRIPE_SECRET_KEY", "pk_test_1"),
        ("STRIPE_API_BASE", "http://[sandbox"),
        ("FIELD_KEYS", "too-short"),
        ("REDIS_URL", "cache.example"),
        ("PORT", "70000"),
        ("TRUSTED_PROXIES", "-1"),
        ("CLOCK_OFFSET_S", "99999999999999"),
    ],
)
def test_what_cannot_work_is_told_before_anything_starts(name: str, value: str) -> None:
    with pytest.raises(UnsafeSettings) as caught:
        load_settings({name: value})
    assert [fault.split(":")[0] for fault in caught.value.faults] == [name]


def test_every_fault_is_told_at_once() -> None:
    assert {"SECRET_KEY", "BASE_URL", "FIELD_KEYS"} <= set(
        faults_of({"SECRET_KEY": "", "BASE_URL": "", "FIELD_KEYS": ""})
    )


def test_the_value_is_never_told() -> None:
    with pytest.raises(UnsafeSettings) as caught:
        load_settings(
            {
                **SAFE,
                "SECRET_KEY": "hunter2",
                "STRIPE_SECRET_KEY": "sk_test_hunter2",
                "STRIPE_API_BASE": "http://hunter2",
            }
        )
    assert "hunter2" not in str(caught.value)


def test_a_live_key_never_meets_the_sandbox_in_development() -> None:
    with pytest.raises(UnsafeSettings, match="STRIPE_SECRET_KEY"):
        load_settings({"STRIPE_SECRET_KEY": "sk_live_1"})
    with pytest.raises(UnsafeSettings, match="STRIPE_API_BASE"):
        load_settings({"STRIPE_API_BASE": "http://sandbox.elsewhere.example"})


def test_development_needs_nothing() -> None:
    settings = load_settings({"PORT": "5050"})
    assert settings.base_url == "http://127.0.0.1:5050"
    assert settings.stripe_api_base == "http://127.0.0.1:5051"
    assert not settings.production


def test_real_test_keys_talk_to_stripe() -> None:
    assert load_settings({"STRIPE_SECRET_KEY": "sk_test_real"}).stripe_api_base is None


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_settings({}).secret_key = "x"  # type: ignore[misc]
