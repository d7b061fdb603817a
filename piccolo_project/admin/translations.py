"""The languages of Piccolo Admin's page; its English with our wording."""

from piccolo_admin.translations.data import ENGLISH, TRANSLATIONS
from piccolo_admin.translations.models import Translation

WORDING = {
    "Add Row": "Add row",
    "Change Password": "Change password",
    "Dark Mode": "Dark mode",
    "Hide Filters": "Hide filters",
    "Light Mode": "Light mode",
    "Log Out": "Log out",
    "Login": "Log in",
    "MFA Code": "Code",
    "MFA Setup": "Two-step sign-in",
    "New password confirmation": "Repeat the new password",
    "Note: Large data sets may take a while.": "Large exports can take a while.",
    "Note: They are converted to UTC when stored in the database.": "They are stored in UTC.",
    "Select a Column": "Select a column",
    "Set Timezone": "Set time zone",
    "Timezone": "Time zone",
    "Update": "Edit",
    "Username": "Email",
    "result(s)": "results",
    "selected result(s) on": "selected on",
}

OUR_ENGLISH = Translation(
    language_name=ENGLISH.language_name,
    language_code=ENGLISH.language_code,
    translations={**ENGLISH.translations, **WORDING},
)
OUR_TRANSLATIONS = [OUR_ENGLISH, *(each for each in TRANSLATIONS if each is not ENGLISH)]
