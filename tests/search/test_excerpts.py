from hypothesis import given
from hypothesis import strategies as st

from apps.search.excerpts import MARK_START, MARK_STOP, SPLIT, Excerpt

words = st.lists(
    st.tuples(st.text(st.characters(categories=["L"]), min_size=1, max_size=30), st.booleans()),
    min_size=1,
    max_size=200,
)


def marked(said: list[tuple[str, bool]]) -> str:
    return " ".join(f"{MARK_START}{word}{MARK_STOP}" if is_hit else word for word, is_hit in said)


@given(words)
def test_the_word_index_is_that_of_a_marked_word(said: list[tuple[str, bool]]) -> None:
    excerpt = Excerpt(marked(said))
    hits = [number for number, (_, is_hit) in enumerate(said) if is_hit]
    assert excerpt.word_index in (hits or [0])
    assert excerpt.text == " ".join(word for word, _ in said)


@given(words)
def test_an_excerpt_is_part_of_the_text_around_the_best_passage(
    said: list[tuple[str, bool]],
) -> None:
    excerpt = Excerpt(marked(said))
    parts = excerpt.parts()
    plain = "".join(text for text, _ in parts if text not in ("… ", " …"))
    assert plain in excerpt.text
    assert len(plain) <= 300
    if any(is_hit for _, is_hit in said):
        assert any(is_marked for _, is_marked in parts)


def test_separated_characters_become_one_mark() -> None:
    separated = "".join(f"{SPLIT}{MARK_START}{character}{MARK_STOP}{SPLIT}" for character in "学习")
    excerpt = Excerpt(f"我{SPLIT}们{separated}好")
    assert excerpt.as_html() == "我们<mark>学习</mark>好"


def test_a_word_of_a_run_without_spaces_belongs_to_the_run() -> None:
    excerpt = Excerpt(f"早上好 我们{MARK_START}学习{MARK_STOP}好 再见")
    assert excerpt.word_index == 1


def test_without_a_mark_it_is_the_beginning() -> None:
    excerpt = Excerpt("nothing " * 100)
    assert excerpt.word_index == 0
    assert excerpt.as_html().startswith("nothing nothing")
    assert excerpt.as_html().endswith(" …")
