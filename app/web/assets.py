"""Static files: read once, joined, and named by their content so that a browser may keep them for good."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort

from app.web.ready_pages import ready
from app.web.watch import Watch

#: What is sent as one file, and of which files it is made, in order.
BUNDLES = {"site.css": "css/*.css"}
FOR_GOOD = "public, max-age=31536000, immutable"
FOR_A_DAY = "public, max-age=86400"

mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("image/svg+xml", ".svg")
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("application/speculationrules+json", ".speculation")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served. `name` carries the digest of its content."""

    name: str
    content: bytes
    media_type: str


class Assets:
    """The files of one static folder, by plain name (`site.css`) and by versioned name (`site-1a2b3c4d.css`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._by_plain: dict[str, Asset] = {}
        self._by_version: dict[str, Asset] = {}
        self.read()

    def read(self) -> None:
        """Read the folder anew."""
        files = {p.relative_to(self.folder).as_posix(): p for p in sorted(self.folder.rglob("*")) if p.is_file()}
        parts = {name: sorted(self.folder.glob(pattern)) for name, pattern in BUNDLES.items()}
        joined = {path for group in parts.values() for path in group}
        plain = {name: path.read_bytes() for name, path in files.items() if path not in joined}
        for name, group in parts.items():
            plain[name] = b"\n".join(path.read_bytes() for path in group)
        self._by_plain = {name: _asset(name, content) for name, content in plain.items()}
        self._by_version = {asset.name: asset for asset in self._by_plain.values()}

    def versioned(self, name: str) -> str:
        """The versioned name of the file `name`. Raises KeyError when there is no such file."""
        return self._by_plain[name].name

    def find(self, filename: str) -> tuple[Asset, str] | None:
        """The file asked for and its Cache-Control, or None."""
        if filename in self._by_version:
            return self._by_version[filename], FOR_GOOD
        if filename in self._by_plain:
            return self._by_plain[filename], FOR_A_DAY
        return None


def _asset(name: str, content: bytes) -> Asset:
    if name.endswith(".css"):
        content = _tighten_css(content.decode()).encode()
    digest = hashlib.sha256(content).hexdigest()[:12]
    path = Path(name)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = media_type.startswith(("text/", "image/svg", "application/manifest", "application/speculation"))
    if text:
        media_type += "; charset=utf-8"
    return Asset(path.with_name(f"{path.stem}-{digest}{path.suffix}").as_posix(), content, media_type)


def _tighten_css(text: str) -> str:
    """Without comments and needless space. Space before a colon stays: it may part a selector from its ancestor."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" ?([{};]) ?", r"\1", text)
    return text.replace(", ", ",").replace(";}", "}").strip()


def serve_assets(app: Flask) -> None:
    """Answer the static address of `app` from memory, and give templates `asset(name)`."""
    assets = Assets(Path(app.static_folder or ""))
    if app.config["TEMPLATES_AUTO_RELOAD"]:
        _read_changes(app, assets)

    @ready
    def static(filename: str) -> Response:
        found = assets.find(filename)
        if found is None:
            abort(404)
        asset, cache = found
        response = Response(asset.content, content_type=asset.media_type)
        response.headers["Cache-Control"] = cache
        return response

    app.view_functions["static"] = static
    app.extensions["assets"] = assets
    # where browsers look without being told
    app.add_url_rule("/favicon.ico", "favicon", static, defaults={"filename": "favicon.ico"})
    app.jinja_env.globals["asset"] = lambda name: f"{app.static_url_path}/{assets.versioned(name)}"


def _read_changes(app: Flask, assets: Assets) -> None:
    watch = Watch([assets.folder])
    seen = watch.stamp()

    @app.before_request
    def read_changes() -> None:
        nonlocal seen
        if watch.stamp() != seen:
            seen = watch.stamp()
            assets.read()
