"""Importing a folder of yt-dlp downloads.

`folder_import` runs an import. `inventory` lists the files, `batching` divides the work,
`group_reader` reads the files in the worker processes of `reader_pool`, `existing_rows` finds their
rows, `merging` decides which columns a file may change, and `batch_writer` writes them. Other apps
take part through a `SidecarImporter`.
"""
