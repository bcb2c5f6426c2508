"""The cache that counts bytes (platform_app/wire/weighed_cache.py)."""

from platform_app.wire.weighed_cache import WeighedCache


def test_the_oldest_go_when_it_is_full():
    cache = WeighedCache(100)
    for key in "abcdefghijkl":
        cache.put(key, key.upper(), 10)
    assert [cache.get(key) for key in "abcdl"] == [None, None, "C", "D", "L"]
    assert cache.weight_bytes == 100


def test_a_heavy_value_pushes_out_several():
    cache = WeighedCache(100)
    for key in "abcdefghij":
        cache.put(key, key, 10)
    cache.put("heavy", 1, 12)
    assert ([cache.get(key) for key in ("a", "b", "c", "heavy")], cache.weight_bytes) == (
        [None, None, "c", 1],
        92,
    )


def test_what_would_push_out_all_others_is_not_kept():
    cache = WeighedCache(100)
    cache.put("a", 1, 10)
    cache.put("heavy", 2, 13)
    assert (cache.get("a"), cache.get("heavy"), cache.weight_bytes) == (1, None, 10)


def test_a_value_that_is_put_again_counts_once():
    cache = WeighedCache(100)
    cache.put("a", 1, 5)
    cache.put("a", 2, 9)
    assert (cache.get("a"), cache.weight_bytes) == (2, 9)
