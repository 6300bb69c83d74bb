"""A form may lead to this site and to the payment page, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app import create_app
from config import Settings, load_settings
from tests.unit.test_settings import SAFE


def rule(app: Flask, host: str = "http://localhost") -> str:
    policy = app.test_client().get("/healthz", base_url=host).headers["Content-Security-Policy"]
    [found] = [part for part in policy.split("; ") if part.startswith("form-action")]
    return found


def test_in_production_stripes_page_alone(tmp_path: object) -> None:
    settings = replace(load_settings(SAFE), database_url=f"sqlite:///{tmp_path}/site.db")
    app = create_app(settings)
    assert rule(app, "https://practice.example") == "form-action 'self' https://checkout.stripe.com"


@pytest.mark.parametrize("port", [5001, 6001])
def test_in_development_the_sandbox_alone(base_settings: Settings, port: int) -> None:
    app = create_app(replace(base_settings, stripe_api_base=f"http://127.0.0.1:{port}"))
    assert rule(app) == f"form-action 'self' http://127.0.0.1:{port}"


def test_with_test_keys_of_stripe_itself_stripes_page(base_settings: Settings) -> None:
    app = create_app(replace(base_settings, stripe_api_base=None, stripe_secret_key="sk_test_1"))
    assert rule(app) == "form-action 'self' https://checkout.stripe.com"


def test_no_script_of_stripe_and_no_field_for_a_card(base_settings: Settings) -> None:
    policy = create_app(base_settings).test_client().get("/healthz").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy.split("; ")
    assert "stripe" not in policy.partition("form-action")[0]
