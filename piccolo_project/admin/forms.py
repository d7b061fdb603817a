"""The forms of the admin: the jobs that a person starts from there."""

from piccolo_admin.endpoints import FormConfig

FORMS: list[FormConfig] = []
