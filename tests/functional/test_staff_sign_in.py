"""The way into the staff area in a real browser, looked at as `test_accessible` looks at pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pyotp
import pytest

from tests.functional.conftest import Product, Windows
from tests.functional.looking import faults_of_look
from tests.functional.running import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMAIL, PASSWORD = "robin@practice.example", "blue kettle waltz"


def invite(product: Product) -> str:
    """Add somebody by command; the path of the link in the mail that the worker then sends."""
    command = ["flask", "--app", "wsgi", "staff", "add", EMAIL, "--name", "Robin Example", "--role", "therapist"]
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{product.folder / 'site.db'}"}
    subprocess.run([sys.executable, "-m", *command], env=environ, check=True, timeout=60, capture_output=True)
    letters = eventually(lambda: product.letters_to(EMAIL))
    return re.findall(r"/staff/welcome/[\w.-]+", letters[0].text)[0]


def test_from_the_mail_to_the_account(windows: Windows, product: Product) -> None:
    visit, found = windows.open(), []
    visit.open(invite(product))
    visit.fill("password", "password 123")
    visit.press("Keep this password")
    found += faults_of_look(visit.page, stops=15)
    visit.fill("password", PASSWORD)
    visit.fill("again", PASSWORD)
    visit.press("Keep this password")
    found += faults_of_look(visit.page, stops=15)
    visit.picture("staff-second-factor")
    visit.fill("code", pyotp.TOTP(visit.page.inner_text(".key").replace(" ", "")).now())
    visit.press("Connect")
    assert visit.heading() == "Your recovery codes"
    found += faults_of_look(visit.page, stops=15)
    visit.press("I have them on paper")
    assert visit.heading() == "Today"
    visit.open("/staff/account")
    found += faults_of_look(visit.page, stops=15)
    visit.open("/staff/second-factor/another")
    found += faults_of_look(visit.page, stops=15)
    visit.fill("old", PASSWORD)
    visit.press("Go on")
    found += faults_of_look(visit.page, stops=15)
    visit.open("/staff/account")
    visit.press("Sign out")
    visit.fill("email", EMAIL)
    visit.fill("password", PASSWORD)
    visit.press("Sign in")
    assert visit.heading() == "Enter your code"
    found += faults_of_look(visit.page, stops=15)
    assert not found, "\n".join(found)
