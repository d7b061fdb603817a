"""Importing and exporting lists: yt-dlp download archives, Takeout subscriptions and OPML.

`archive`, `takeout` and `opml` each read and write one format, line by line; `formats` detects the
format of a file. `importing` adds what the library lacks, and `exporting` writes a list.
"""
