"""Bringing a folder of yt-dlp downloads in.

`inventory` lists the files, `reading` reads them (in worker processes), `merging` decides what a
file may change, `writing` changes it, `service` runs all of it. Other apps join in by a
`Companion`.
"""
