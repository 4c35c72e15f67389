"""Texts are said in the language of who reads them; without a translator they stay English."""

from collections.abc import Iterator

import pytest

from stile import language
from stile.language import translate


@pytest.fixture(autouse=True)
def _afterwards_english() -> Iterator[None]:
    before = language._translator
    yield
    language.install(before)


def test_without_a_translator_a_text_stays_as_it_was_written() -> None:
    assert translate("Prompt", "{who} waits").format(who="curl") == "curl waits"


@pytest.mark.parametrize(("count", "said"), [(0, "0 rules"), (1, "1 rule"), (2, "2 rules")])
def test_a_number_chooses_between_one_and_many(count: int, said: str) -> None:
    assert translate("Rules", "%n rule|%n rules", None, count) == said


def test_an_installed_translator_says_it_in_its_own_words() -> None:
    words = {("Prompt", "Allow"): "Erlauben"}
    language.install(lambda context, text, _apart: words.get((context, text), text))
    assert translate("Prompt", "Allow") == "Erlauben"
    assert translate("Rules", "Allow") == "Allow"
