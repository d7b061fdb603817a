"""The ground floor, which knows no app. Whatever the program is started for imports it first."""

import gc

# What is imported stays: looking through it for garbage again and again took a twentieth of a
# start, as `python -m tests.benchmarks starting` tells without this.
gc.set_threshold(100_000, 50, 100)
