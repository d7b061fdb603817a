"""The ground floor, which knows no app. Whatever the program is started for imports it first."""

import gc

# What is imported stays: looking through it for garbage again and again took a tenth of a start.
gc.set_threshold(100_000, 50, 100)
