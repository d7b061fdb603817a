"""What the admin asks of a whole table, answered without reading all of it."""

from piccolo_api.crud.endpoints import PiccoloCRUD


class QuickCrud(PiccoloCRUD):
    pass
