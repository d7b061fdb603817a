"""Bringing a folder of yt-dlp downloads in.

`inventory` lists the files, `batching` cuts the work, `reading` reads them (in worker processes),
`finding` finds their rows, `merging` decides what a file may change, `writing` changes it,
`service` runs all of it. Other apps join in by a `Companion`.
"""
