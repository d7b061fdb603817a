import os

from piccolo.conf.apps import AppConfig, Command

from apps.accounts.commands import (
    create_token,
    create_user,
    disable_mfa,
    list_users,
    reset_user_password,
)
from apps.accounts.tables import AuthenticatorSecret, IdempotencyKey, Session, User

APP_CONFIG = AppConfig(
    app_name="accounts",
    migrations_folder_path=os.path.join(os.path.dirname(__file__), "piccolo_migrations"),
    table_classes=[User, Session, IdempotencyKey, AuthenticatorSecret],
    commands=[
        Command(create_user, command_name="create-user"),
        Command(reset_user_password, command_name="reset-password"),
        Command(list_users, command_name="list"),
        Command(create_token, command_name="create-token"),
        Command(disable_mfa, command_name="disable-mfa"),
    ],
)
