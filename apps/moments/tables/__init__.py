"""Moments worth cutting out of a video, how they were found, and the clips cut from them."""

from apps.moments.tables import generation, moments, pipelines
from apps.moments.tables.generation import GenerationConfig, OperationType, Prompt
from apps.moments.tables.moments import Clip, Moment, Thumbnail
from apps.moments.tables.pipelines import PipelineHistory, PipelineStatus, PipelineType

CONSTRAINT_MESSAGES = {
    **generation.CONSTRAINT_MESSAGES,
    **moments.CONSTRAINT_MESSAGES,
    **pipelines.CONSTRAINT_MESSAGES,
}

__all__ = [
    "CONSTRAINT_MESSAGES",
    "Clip",
    "GenerationConfig",
    "Moment",
    "OperationType",
    "PipelineHistory",
    "PipelineStatus",
    "PipelineType",
    "Prompt",
    "Thumbnail",
]
