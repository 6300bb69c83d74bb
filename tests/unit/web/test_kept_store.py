"""What is kept stays within its room, whoever fills it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from app.web.kept_store import Store


def test_what_was_drawn_first_goes_first() -> None:
    store = Store[str](10)
    for key in "abcd":
        store.keep(key, key * 3, 3)
    assert [store.find(key) for key in "abcd"] == [None, "bbb", "ccc", "ddd"]


def test_drawn_twice_it_takes_its_place_once() -> None:
    store = Store[str](10)
    for _ in range(3):  # two threads may draw the same at the same time
        store.keep("a", "aaa", 3)
        store.keep("b", "bbb", 3)
    assert store.find("a") == "aaa"
    assert store.find("b") == "bbb"


def test_what_is_larger_than_the_room_is_not_kept() -> None:
    store = Store[str](10)
    store.keep("a", "a" * 11, 11)
    assert store.find("a") is None
    store.keep("b", "b" * 10, 10)
    assert store.find("b") == "b" * 10


def test_many_threads_never_exceed_the_room() -> None:
    store = Store[int](100)

    def work(number: int) -> bool:
        store.keep(number % 37, number % 37, 1 + number % 9)
        return store.find(number % 37) in (None, number % 37)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(work, range(5000)))
    assert sum(size for _, size in store._drawn.values()) == store._used <= 100
