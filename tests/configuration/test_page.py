"""The documentation has every setting as it is."""

from tests.configuration.page import DOCUMENT, page


def test_it_is_as_the_registry_says() -> None:
    assert DOCUMENT.read_text() == page(), "make settings writes it anew."
