"""How the admin shows users, sessions and what belongs to them."""

from apps.accounts.tables import AuthenticatorSecret, IdempotencyKey, Session, User
from apps.shared.admin_view import AdminView, MenuGroup

ADMIN_VIEWS = (
    AdminView(
        User,
        MenuGroup.accounts,
        shown="email active admin superuser last_login",
        filters="email active admin superuser",
        kept={"last_login": "it is when the person last signed in"},
        is_moved_by_program=True,
    ),
    AdminView(
        Session,
        MenuGroup.accounts,
        shown="created_at user_id name last_used_at expires_at",
        filters="user_id name expires_at",
        read_only="signing in creates sessions; delete one to end it",
        is_deletable=True,
    ),
    AdminView(
        AuthenticatorSecret,
        MenuGroup.accounts,
        shown="created_at user_id confirmed_at revoked_at last_used_at",
        filters="user_id confirmed_at",
        read_only="each user turns this on and off",
    ),
    AdminView(
        IdempotencyKey,
        MenuGroup.accounts,
        shown="created_at user_id key",
        filters="user_id created_at",
        read_only="Reelbase manages these rows",
        hidden="fingerprint answer",
    ),
)
