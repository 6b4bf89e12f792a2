"""The benchmark of templates compares engines that give the same page."""

import pytest

from tests.benchmarks.rounds import Unavailable
from tests.benchmarks.templating.pages import NAMES, PAGES, contender, plain
from tests.benchmarks.templating.rows import LEFT_OUT


@pytest.mark.parametrize("page", PAGES)
def test_every_engine_gives_the_same_page(page: str) -> None:
    texts = {}
    for name in NAMES:
        if (page, name) not in LEFT_OUT:
            try:
                texts[name] = plain(contender(name, page)())
            except Unavailable:
                assert name == "mako"
    assert len(texts) >= 4
    assert set(texts.values()) == {texts["ours"]}
