import os

from apps.accounts.tables import AuthenticatorSecret, IdempotencyKey, Session, User
from apps.shared.command_line import App

APP_CONFIG = App(
    app_name="accounts",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[User, Session, IdempotencyKey, AuthenticatorSecret],
    command_modules=("apps.accounts.commands",),
)
