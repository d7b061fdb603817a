from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from apps.accounts.tables import Session, User, token_hash, with_email
from apps.shared.repositories import Repository


class UserRepository(Repository[User]):
    table = User
    noun = "user"

    async def get_by_email(self, email: str) -> User | None:
        """Whatever the case of its letters."""
        return await User.objects().where(with_email(email)).first()

    async def create(self, **values: Any) -> User:
        """`email` and `password` in clear, and any other column. Raises Invalid."""
        return await User.create_user(values.pop("email"), values.pop("password"), **values)

    async def exists_any(self) -> bool:
        return await User.exists()


class SessionRepository(Repository[Session]):
    table = Session
    noun = "session"

    async def get_by_token(self, token: str) -> Session | None:
        """None as well when it has expired."""
        now = datetime.now(UTC)
        return (
            await Session.objects()
            .where(
                Session.token_hash == token_hash(token),
                Session.expires_at > now,
                Session.max_expires_at > now,
            )
            .first()
        )

    async def delete_expired(self) -> int:
        """Answers how many."""
        return await Session.remove_expired()

    async def list_by_user(self, user_id: UUID) -> list[Session]:
        return await Session.objects().where(Session.user_id == user_id).order_by(Session.id)
