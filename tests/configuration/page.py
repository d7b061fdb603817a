"""docs/configuration.md: every setting, from the registry."""

from typing import Any

from apps.configuration.commands import written
from apps.configuration.kinds import Setting
from apps.configuration.registry import PAIRS, SETTINGS
from tests.processes import ROOT

DOCUMENT = ROOT / "docs" / "configuration.md"

INTRODUCTION = """\
# Settings that change while the program runs

What a process needs before it has a database (its address, the port, the keys) is in the
environment: see `.env.example`. All below can be changed at any time, and every process of the
program sees it within a second, also after the database was restarted.

## Where a value comes from

The first of these that has a good one:

| layer | where it is | how it is set |
|---|---|---|
| environment | a variable: `CHUNK_WORDS=200`; also in `.env` | before the start |
| channel | the database | REST, admin, `piccolo configuration set … --channel …` |
| database | the database | REST, admin, `piccolo configuration set …` |
| file | the TOML file named by `CONFIG_FILE`: `chunk_words = 200` | before the start |
| default | the table below | |

A variable is the key in upper case; an empty one is unset. Lists are separated by commas in the
environment and on the command line.

- **A wrong value is refused** wherever it is set: by REST with 422, by the admin beside the form,
  by a command, and for the environment and the file by the start of the program, each time with a
  sentence that says what is allowed. An unknown key is refused too, and the nearest one named.
- **A wrong value that is there nevertheless** (plain SQL wrote it, or its key is missing) is logged
  once, shown beside the setting, and the next layer's value is used.
- **Two settings that belong together** clash if the first is above the second:
  {pairs}.
  A change that would bring that about is refused. Where two layers bring it about, the value from
  the weaker layer counts as a wrong one; of two in one layer, the first of the pair.
- **A secret** is stored encrypted, and read by the program alone. REST, the admin and the commands
  say that it is set, and when. It is set by REST, or by a command from standard input.

## From the terminal

```
$ piccolo configuration show                          # each with its layer, and what the others say
$ piccolo configuration show chunk_words              # one, with all there is to know of it
$ piccolo configuration set chunk_words 200
$ piccolo configuration set clip_padding_left 2.5 --channel "Bells"
$ piccolo configuration set model_api_key < key.txt   # or it is asked for
$ piccolo configuration unset chunk_words
$ piccolo configuration export settings.toml          # CONFIG_FILE and import read it; no secrets
$ piccolo configuration import settings.toml          # all of it or nothing
$ piccolo configuration set-defaults                  # write the defaults down, so that they stay
```

An exported file has the program's settings at the top, and each channel's in a table of its own,
`[channels."UC…"]`. A file with channels is for `import`; CONFIG_FILE takes the program's alone.

## The settings

"Later" means that the program keeps the setting, and that nothing reads it yet.

"""


def row(setting: Setting[Any]) -> str:
    default = "none" if setting.default is None else f"`{written(setting.default)}`"
    kinds = ["secret"] * setting.is_secret + ["channel"] * setting.per_channel
    cells = [f"`{setting.key}`", default, setting.allowed, ", ".join(kinds), setting.description]
    return f"| {' | '.join(cells)} |"


def page() -> str:
    pairs = ", ".join(f"`{least.key}` and `{most.key}`" for least, most in PAIRS)
    head = "| setting | default | allowed | | what it is for |\n|---|---|---|---|---|"
    note = "`channel`: a channel may have a value of its own. Written by `make settings`.\n"
    introduction = INTRODUCTION.format(pairs=pairs)
    return "\n".join([introduction + head, *map(row, SETTINGS.values()), "", note])
