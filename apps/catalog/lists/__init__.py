"""Lists in and out: yt-dlp's download archive, Google Takeout's subscriptions, OPML.

`archive`, `takeout` and `opml` each read and write one format, line by line; `formats` tells which
one a file is in. `importing` makes what a list names and the library lacks; `exporting` writes.
"""
