"""make settings: docs/configuration.md, from the registry."""

from tests.configuration.page import DOCUMENT, render_document

if __name__ == "__main__":
    DOCUMENT.write_text(render_document())
