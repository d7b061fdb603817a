from collections.abc import Callable

from apps.shared.plugs import Plug

default_max_attempts: Plug[Callable[[], int]] = Plug(lambda: 1)
"""The `max_attempts` of a job created without it."""
