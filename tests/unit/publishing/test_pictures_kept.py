"""What was made of pictures is kept and shared: made once, made anew when lost, and by several processes together."""

from __future__ import annotations

import io
import json
import multiprocessing
import time
from pathlib import Path

import pytest
from PIL import Image

from app.publishing.pictures.folder import Pictures
from app.publishing.pictures.store import PictureStore
from app.publishing.reading.loading import load_shelf
from tests.factories.pictures import as_jpeg, photograph
from tests.unit.publishing.picture_desk import GOOD, SLUG, Desk


def test_what_was_made_once_is_not_made_again(desk: Desk) -> None:
    path = desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    before = desk.make()
    made = {entry.name: entry.stat().st_mtime_ns for entry in desk.made.glob("*-*.*")}
    path.touch()
    again = Pictures(desk.content, PictureStore(desk.made))
    shelf = again.illustrate(load_shelf(desk.content))
    assert again.waiting() == {}
    assert again.make() == 0
    assert shelf.documents["articles"][SLUG].html == before.html
    assert {entry.name: entry.stat().st_mtime_ns for entry in desk.made.glob("*-*.*")} == made


def test_a_changed_picture_gets_another_address_and_another_version(desk: Desk) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    desk.make()
    first = desk.read()
    assert not desk.pictures.changed()
    desk.put("room.jpg", as_jpeg(photograph(700, 500)))
    assert desk.pictures.changed()
    second = desk.make()
    assert desk.read().version != first.version
    assert second.pictures["room.jpg"].digest != first.documents["articles"][SLUG].pictures["room.jpg"].digest
    assert len({path.name.partition("-")[0] for path in desk.made.glob("*-*.*")}) == 2
    assert desk.pictures.store.tidy(desk.pictures.digests()) == 7
    assert list(json.loads((desk.made / "known.json").read_text())["records"]) == [second.pictures["room.jpg"].digest]
    assert {path.name.partition("-")[0] for path in desk.made.glob("*-*.*")} == {second.pictures["room.jpg"].digest}


def test_a_text_without_changes_keeps_its_body(desk: Desk) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    desk.make()
    shelf = load_shelf(desk.content)
    one, two = (desk.pictures.illustrate(shelf).documents["articles"][SLUG] for _ in range(2))
    assert one is two


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"recipe": "0"}', '{"recipe": "1", "records": [], "seen": {"a": 1}}']
)
def test_a_damaged_memory_is_made_anew(desk: Desk, damage: str) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    html = desk.make().html
    (desk.made / "known.json").write_text(damage)
    desk.pictures = Pictures(desk.content, PictureStore(desk.made))
    assert desk.make().html == html


def test_files_that_somebody_removed_are_made_again(desk: Desk) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    desk.make()
    next(desk.made.glob("*-400.webp")).unlink()
    assert desk.pictures.waiting()
    desk.make()
    assert not desk.pictures.waiting()


def test_without_a_folder_to_write_to_the_texts_stand(desk: Desk) -> None:
    desk.put("room.jpg", GOOD)
    desk.show("![A room with a couch](room.jpg)")
    desk.made.write_text("a file where the folder should be")
    desk.pictures.illustrate(load_shelf(desk.content))
    with pytest.raises(OSError, match=r"exists|directory"):
        desk.pictures.make()
    assert desk.faults() == []
    desk.put("room.jpg", b"no picture")
    assert "is no picture" in desk.faults()[0], "the check says what is wrong even so"
    assert "Pick one thing" in desk.read().documents["articles"][SLUG].html


def _make(content: Path, made: Path) -> None:
    pictures = Pictures(content, PictureStore(made))
    pictures.illustrate(load_shelf(content))
    pictures.make(wait=True)


def test_what_a_killed_process_left_behind_is_in_nobodys_way(desk: Desk) -> None:
    for n in range(3):
        desk.put(f"room-{n}.jpg", as_jpeg(photograph(700 + n, 500)))
    desk.show("\n\n".join(f"![A room with a couch](room-{n}.jpg)" for n in range(3)))
    worker = multiprocessing.get_context("fork").Process(target=_make, args=(desk.content, desk.made))
    worker.start()
    until = time.monotonic() + 30
    while not list(desk.made.glob("*-*.*")):
        assert time.monotonic() < until
        time.sleep(0.01)
    worker.kill()
    worker.join()
    document = desk.make()
    assert len(document.pictures) == 3
    for path in desk.made.glob("*-*.*"):
        with Image.open(io.BytesIO(path.read_bytes())) as made:
            made.load()


def test_several_processes_share_the_work(desk: Desk) -> None:
    for n in range(4):
        desk.put(f"room-{n}.jpg", as_jpeg(photograph(400 + n, 300)))
    desk.show("\n\n".join(f"![A room with a couch](room-{n}.jpg)" for n in range(4)))
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_make, args=(desk.content, desk.made)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    document = desk.read().documents["articles"][SLUG]
    assert len(document.pictures) == 4
    known = json.loads((desk.made / "known.json").read_text())
    assert len(known["records"]) == 4
    assert not [path for path in desk.made.iterdir() if path.name.startswith(".")]
