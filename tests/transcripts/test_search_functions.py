"""The functions that make search vectors, as PostgreSQL runs them."""

import pytest

from apps.transcripts.full_text import STEMMED
from tests.database import fetch, value


@pytest.mark.parametrize(("code", "name"), STEMMED.items())
async def test_every_configuration_is_there_and_stems(code: str, name: str) -> None:
    forms = (code, code.upper(), f"{code}-XX", f"{code}_XX", f"{code}-Latn-XX", f"{code}_")
    for language in forms:
        assert await value("SELECT search_config($1)", language) == name
    dictionaries = await fetch(
        "SELECT DISTINCT d.dictname FROM pg_ts_config c JOIN pg_ts_config_map m "
        "ON m.mapcfg = c.oid JOIN pg_ts_dict d ON d.oid = m.mapdict WHERE c.cfgname = $1",
        name,
    )
    assert f"{name}_stem" in {row["dictname"] for row in dictionaries}


async def test_no_configuration_of_the_database_is_forgotten() -> None:
    known = {row["cfgname"] for row in await fetch("SELECT cfgname FROM pg_ts_config")}
    # PostgreSQL 18 has Estonian, which 15 to 17 do not know.
    assert known - {"simple", "estonian"} == set(STEMMED.values())


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en-US", "english"),
        ("pt_BR", "portuguese"),
        ("zh-Hans", "simple"),
        ("ja", "simple"),
        ("th", "simple"),
        ("ko", "simple"),
        ("xx", "simple"),
        ("english", "simple"),
        ("a-en", "simple"),
        ("", "simple"),
        ("-", "simple"),
        ("und", "simple"),
        (None, "simple"),
    ],
)
async def test_a_language_has_a_configuration(language: str | None, name: str) -> None:
    assert await value("SELECT search_config($1)", language) == name


def spaced(text: str) -> str:
    return " ".join(text.replace("\x1f", " ").split())


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", ""),
        ("plain words", "plain words"),
        ("Grüße aus Köln", "Grüße aus Köln"),
        ("人工智能", "人 工 智 能"),
        ("AI人工", "AI 人 工"),
        ("東京タワー", "東 京 タ ワ ー"),
        ("ひらがな、です。", "ひ ら が な 、 で す 。"),
        ("ภาษาไทย", "ภ า ษ า ไ ท ย"),
        ("학교에서", "학 교 에 서"),
        ("𠀋はSupplementary", "𠀋 は Supplementary"),
        ("“quoted”—dash…", "“ quoted ” — dash …"),
        ("don’t", "don ’ t"),
        ("«cité»", "« cité »"),
        ("русский язык", "русский язык"),
        ("naïve café", "naïve café"),
    ],
)
async def test_scripts_without_spaces_become_single_characters(said: str, words: str) -> None:
    assert spaced(await value("SELECT search_text($1)", said)) == words


async def test_plain_text_is_passed_on_untouched() -> None:
    for said in ("plain 'quotes' -- dashes", "Grüße", " spaces  stay "):
        assert await value("SELECT search_text($1)", said) == said


@pytest.mark.parametrize(
    ("language", "said", "sought"),
    [
        ("zh-Hans", "我们讨论人工智能的未来", "人工智能"),
        ("ja", "東京タワーに行きました", "東京タワー"),
        ("th", "ฉันพูดภาษาไทยได้", "ภาษาไทย"),
        ("ko", "나는 학교에서 공부한다", "학교"),
        ("en-US", "He said “running” is fun", "runs"),
        ("en", "it’s the dog’s bone—really", "bone"),
        ("de", "Die „Häuser“ dort", "Haus"),
        ("pt_BR", "As canções brasileiras", "brasileira"),
        ("tlh", "Qapla batlh", "qapla"),
    ],
)
async def test_a_phrase_is_found_and_its_reverse_is_not(
    language: str, said: str, sought: str
) -> None:
    query = (
        "SELECT search_vector($1, $2) @@ "
        "phraseto_tsquery(search_config($1)::regconfig, search_text($3))"
    )
    assert await value(query, language, said, sought)
    assert not await value(query, language, said, sought[::-1])


async def test_a_vector_names_its_configuration() -> None:
    assert await value("SELECT search_vector('en', 'the running dogs')::text") == (
        "'config:english' 'dog':3 'run':2"
    )
    assert await value("SELECT search_vector('xx', '')::text") == "'config:simple'"


async def test_what_is_said_cannot_name_a_configuration() -> None:
    assert not await value("SELECT search_vector('en', 'config:german') @@ 'config\\:german'")
