"""The documentation has every setting as it is."""

from tests.configuration.page import DOCUMENT, render_document


def test_it_is_as_the_registry_says() -> None:
    assert DOCUMENT.read_text() == render_document(), "make settings writes it anew."
