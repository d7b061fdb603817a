"""Parses the subtitle files yt-dlp writes, and divides transcripts into chunks for search."""

from apps.transcripts.captions.chunks import ChunkDraft, cut_chunks
from apps.transcripts.captions.model import BrokenCaptions, Captions, Segment, Word
from apps.transcripts.captions.parser import parse_captions

__all__ = [
    "BrokenCaptions",
    "Captions",
    "ChunkDraft",
    "Segment",
    "Word",
    "cut_chunks",
    "parse_captions",
]
