"""The composition root: the one place that knows every room and puts them together.

Only `wsgi.py` and tests import this module.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask
from flask_wtf import CSRFProtect

import app.db.tables  # noqa: F401 - registers every table
from app.db.base import db, use_field_keys
from app.db.late_migrations import late_migrations
from app.gateways.mailer import open_mailer
from app.gateways.stripe_checkout import StripeCheckout
from app.jobs.client_commands import register_client_commands
from app.jobs.commands import register_commands
from app.jobs.content_commands import Desk, register_content_commands
from app.jobs.diary_commands import register_diary_commands
from app.jobs.enquiry_commands import register_enquiry_commands
from app.jobs.money_commands import register_money_commands
from app.jobs.papers import make_paper
from app.jobs.picture_commands import register_picture_commands
from app.jobs.staff_commands import register_staff_commands
from app.jobs.task_commands import register_task_commands
from app.jobs.tools import Tools
from app.jobs.visit_commands import register_visit_commands
from app.publishing.holder import LibraryHolder
from app.publishing.pictures.folder import Pictures
from app.publishing.pictures.store import PictureStore
from app.publishing.previews import PreviewLinks
from app.publishing.reading.index import ContentIndex
from app.services.manage.booking_links import BookingLinks
from app.services.staff.keys import StaffKeys
from app.web.ask import ask_pages
from app.web.assets import serve_assets
from app.web.booking.choice import choice_pages
from app.web.booking.payment import payment_pages
from app.web.booking.planning import planning_pages
from app.web.booking.reason import reason_pages
from app.web.booking.week import week_pages
from app.web.calls import call_pages
from app.web.drawings import serve_drawings
from app.web.errors import handle_errors
from app.web.for_machines import machine_pages
from app.web.health import health_pages
from app.web.limits import limit_requests
from app.web.manage.again import again_pages
from app.web.manage.cancelling import cancel_pages
from app.web.manage.gate import gate_pages
from app.web.manage.handing import hand_pages
from app.web.manage.links import link_pages
from app.web.manage.moving import move_pages
from app.web.manage.programme import own_programme_pages
from app.web.manage.showing import manage_pages
from app.web.offline import offline_pages
from app.web.pages import pages
from app.web.pictures import picture_pages
from app.web.practice_pages import practice_pages
from app.web.presentation import set_up_templates
from app.web.preview import preview_pages
from app.web.ready_pages import keep_ready_pages
from app.web.search import search_pages
from app.web.security import believe, send_headers
from app.web.sessions import KeptSerializer
from app.web.site import Site, once_a_request
from app.web.social_cards import social_pages
from app.web.staff.pages import staff_pages
from app.web.styleguide import styleguide_pages
from app.web.waitlist import waitlist_pages
from app.web.webhook import webhook_pages

if TYPE_CHECKING:
    from config import Settings

Clock = Callable[[], datetime]

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class Application(Flask):
    """Flask, with views and hooks that are plain functions: none is looked at for being a coroutine each time."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings, *, clock: Clock | None = None) -> Flask:
    """Build the whole application from `settings`. `clock` tells aware UTC; without one it is the machine's own.

    The content is read when the first page asks for it.
    """
    app = Application(__name__)
    app.config.update(_flask_settings(settings))
    app.session_interface = KeptSerializer(app)
    use_field_keys(app, settings.field_keys)
    _prepare_database(app, settings)
    _open_rooms(app, settings, clock or _machine_clock(timedelta(seconds=settings.clock_offset_s)))
    limit_requests(app, storage=settings.redis_url)
    _register_pages(app)
    if not settings.production:
        app.register_blueprint(styleguide_pages)
    # layers in front of the framework, from the inside out: what is kept ready has its headers already
    send_headers(app, checkout_origin=settings.checkout_origin, production=settings.production)
    keep_ready_pages(app)
    believe(
        app,
        trusted_proxies=settings.trusted_proxies,
        production=settings.production,
        host=urlsplit(settings.base_url).hostname,
    )
    return app


def _open_rooms(app: Flask, settings: Settings, clock: Clock) -> None:
    """Make the tools that pages and jobs share, once."""
    index = ContentIndex(settings.content_index, settings.content_dir, settings.secret_key)
    # commands see the content by themselves: what they noticed, the holder must notice too
    pictures, seen_by_commands = (Pictures(settings.content_dir, PictureStore(settings.pictures_dir)) for _ in range(2))
    holder = LibraryHolder(settings.content_dir, clock, index, pictures)
    checkout = StripeCheckout(settings.stripe_secret_key, settings.stripe_webhook_secrets, settings.stripe_api_base)
    links, previews = BookingLinks(settings.secret_key), PreviewLinks(settings.secret_key)
    staff_keys = StaffKeys(settings.secret_key)
    tools = Tools(
        clock=clock,
        library=holder.current,
        read_on=holder.read_on,
        staff_keys=staff_keys,
        checkout=checkout,
        mailer=open_mailer(settings.mail_url, settings.mail_from, clock),
        links=links,
        base_url=settings.base_url,
        environment=settings.environment,
        pictures=pictures,
        sandbox_url=settings.stripe_api_base,
    )
    app.extensions["site"] = Site(
        clock=clock,
        library=once_a_request(holder.current),
        checkout=checkout,
        links=links,
        previews=previews,
        staff_keys=staff_keys,
        base_url=settings.base_url,
        environment=settings.environment,
        pictures=settings.pictures_dir,
        metrics_token=settings.metrics_token,
        make_paper=partial(make_paper, tools),
    )
    _register_commands(
        app, tools, Desk(settings.content_dir, index, seen_by_commands, clock, previews, settings.base_url)
    )


def _register_commands(app: Flask, tools: Tools, desk: Desk) -> None:
    register_commands(app, tools)
    register_picture_commands(register_content_commands(app, desk), desk)
    register_diary_commands(app, tools)
    register_visit_commands(app, tools)
    register_client_commands(app, tools)
    register_money_commands(app, tools)
    register_task_commands(app, tools)
    register_enquiry_commands(app, tools)
    register_staff_commands(app, tools)


def _register_pages(app: Flask) -> None:
    set_up_templates(app)
    serve_assets(app)
    serve_drawings(app)
    csrf = CSRFProtect(app)
    csrf.exempt(webhook_pages)  # Stripe signs its requests instead
    reading = (pages, search_pages, practice_pages, machine_pages, offline_pages, social_pages, picture_pages)
    booking = (ask_pages, reason_pages, choice_pages, week_pages, planning_pages, payment_pages, waitlist_pages)
    own_booking = (manage_pages, own_programme_pages, cancel_pages, move_pages, hand_pages, gate_pages)
    links = (again_pages, link_pages, call_pages)
    unseen = (health_pages, webhook_pages)
    for blueprint in (*reading, preview_pages, *booking, *own_booking, *links, staff_pages, *unseen):
        app.register_blueprint(blueprint)
    handle_errors(app)


def _machine_clock(offset: timedelta) -> Clock:
    def now() -> datetime:
        return datetime.now(UTC) + offset

    return now


def _flask_settings(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.environment == "test",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings.database_url),
        "SESSION_COOKIE_NAME": "__Host-session" if settings.production else "session",
        "STAFF_COOKIE_NAME": "__Host-staff" if settings.production else "staff",
        "SESSION_COOKIE_SECURE": settings.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        # browsers that tell nobody where they come from may book too; the token decides, and no other host can
        # plant the cookie that it belongs to (__Host-)
        "WTF_CSRF_SSL_STRICT": False,
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "MAX_FORM_MEMORY_SIZE": 64 * 1024,
        "PREFERRED_URL_SCHEME": "https" if settings.production else "http",
        "TEMPLATES_AUTO_RELOAD": settings.environment == "development",
    }


def _engine_options(database_url: str) -> dict[str, object]:
    """Values of statements stay out of errors and logs: they are names and addresses."""
    quiet: dict[str, object] = {"hide_parameters": True}
    if database_url.startswith("sqlite"):
        return quiet
    return {**quiet, "pool_pre_ping": True, "pool_size": 8, "max_overflow": 8}


def _prepare_database(app: Flask, settings: Settings) -> None:
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    late_migrations(app, db, MIGRATIONS, on_sqlite=settings.database_url.startswith("sqlite"))
