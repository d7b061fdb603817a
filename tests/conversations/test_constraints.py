"""What the database refuses of messages and templates, and the sentence a client reads."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from apps.conversations.tables import CONSTRAINT_MESSAGES
from tests.factories import make_conversation, make_template, make_user
from tests.refusals import (
    DOORS,
    Refusal,
    Row,
    assert_allowed,
    assert_refused_by_admin,
    in_the_admin,
)

CONVERSATION, USER, OTHER_USER = (UUID(int=number) for number in (1, 2, 3))
ROWS: dict[str, Row] = {
    "messages": {"conversation_id": CONVERSATION, "role": "user", "content": "Hello"},
    "templates": {"template_type": "blog", "template_name": "free", "template_content": "Dear"},
}
MESSAGES, TEMPLATES = ROWS
NAME = "templates_user_id_template_type_template_name_key"
NAME_FIELDS = ("user_id", "template_type", "template_name")

REFUSED = [
    Refusal("messages_role_check", MESSAGES, {"role": "model"}, status=400),
    Refusal("templates_template_type_check", TEMPLATES, {"template_type": "fax"}, status=400),
    # NULLS NOT DISTINCT: everybody's templates share one set of names.
    Refusal(NAME, TEMPLATES, {"template_name": "shared"}, NAME_FIELDS),
    Refusal(NAME, TEMPLATES, {"template_name": "own", "user_id": USER}, NAME_FIELDS),
]
ALLOWED = [
    (TEMPLATES, {"template_name": "shared", "template_type": "email"}),
    (TEMPLATES, {"template_name": "shared", "user_id": USER}),
    (TEMPLATES, {"template_name": "own", "user_id": OTHER_USER}),
    (TEMPLATES, {"template_name": "own", "user_id": None}),
    (TEMPLATES, {"template_name": "own", "user_id": USER, "template_type": "twitter"}),
    (TEMPLATES, {"template_name": "Shared"}),
]


@pytest.fixture(autouse=True)
async def taken() -> None:
    await make_user(id=USER)
    await make_user(id=OTHER_USER)
    await make_conversation(USER, id=CONVERSATION)
    await make_template(template_name="shared")
    await make_template(template_name="own", user_id=USER)


def test_every_message_has_a_case() -> None:
    assert {case.constraint for case in REFUSED} == set(CONSTRAINT_MESSAGES)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_is_refused(client: httpx.AsyncClient, case: Refusal, door: Any) -> None:
    await door(case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], client)


@pytest.mark.parametrize("case", in_the_admin(REFUSED), ids=str)
async def test_the_admin_refuses_it(admin: httpx.AsyncClient, case: Refusal) -> None:
    await assert_refused_by_admin(
        case, ROWS[case.table], CONSTRAINT_MESSAGES[case.constraint], admin
    )


@pytest.mark.parametrize(("table", "changes"), ALLOWED)
async def test_it_is_allowed(client: httpx.AsyncClient, table: str, changes: Row) -> None:
    await assert_allowed(client, table, ROWS[table], changes)
