"""One table in the admin: what Piccolo's own does, and what it lacks."""

from piccolo_project.admin.counting import QuickCrud


class Crud(QuickCrud):
    pass
