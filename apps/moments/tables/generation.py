"""Prompts, and the settings with which a model finds moments."""

from enum import StrEnum

from piccolo.columns import (
    DoublePrecision,
    ForeignKey,
    Integer,
    OnDelete,
    Text,
    Varchar,
)
from piccolo.columns.readable import Readable
from piccolo.constraints import Check

from apps.audit.rules import audited
from apps.moments import rules
from apps.shared.db.tables import ChangingRecord, example_id, index, keeps_updated_at, one_of
from apps.transcripts.tables import Transcript

CONSTRAINT_MESSAGES = {
    "prompts_prompt_hash_key": "A prompt with these texts already exists.",
    "generation_configs_config_hash_key": "A generation config with these settings already exists.",
    "generation_configs_operation_type_check": "An operation must be generation or refinement.",
    "generation_configs_temperature_check": "A temperature must be from 0 to 2.",
    "generation_configs_top_p_check": "A top_p must be from 0 to 1.",
    "generation_configs_top_k_check": "A top_k cannot be negative.",
    "generation_configs_min_moment_length_check": "The minimum length of a moment must be from 0 "
    "to the maximum.",
    "generation_configs_max_moment_length_check": "The maximum length of a moment cannot be "
    "negative.",
    "generation_configs_min_moments_check": "The minimum number of moments must be from 0 to the "
    "maximum.",
    "generation_configs_max_moments_check": "The maximum number of moments cannot be negative.",
}


class OperationType(StrEnum):
    generation = "generation"
    refinement = "refinement"


class Prompt(ChangingRecord, tablename="prompts"):
    example = {
        "user_prompt": "Find the moments in which something is taken apart.",
        "system_prompt": "Answer with times in seconds, and nothing else.",
    }
    example_change = {"system_prompt": "Answer with times in seconds, in order."}

    user_prompt = Text(default=None, help_text="The user prompt.")
    system_prompt = Text(default=None, help_text="The system prompt.")
    prompt_hash = Varchar(
        length=64,
        default="",
        unique=True,
        help_text="SHA-256 of user_prompt + system_prompt. Set by PostgreSQL.",
    )

    extras = (rules.HASH_PROMPT, keeps_updated_at("prompts"), audited("prompts"))

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s", columns=[cls.user_prompt])


class GenerationConfig(ChangingRecord, tablename="generation_configs"):
    """The settings of a request to a model. Lengths are in seconds."""

    example = {
        "prompt_id": example_id("prompts"),
        "model": "model-of-the-day",
        "operation_type": "generation",
        "temperature": 0.3,
        "min_moment_length": 15.0,
        "max_moment_length": 90.0,
    }
    example_change = {"temperature": 0.5}

    prompt_id = ForeignKey(Prompt, on_delete=OnDelete.cascade, null=False)
    transcript_id = ForeignKey(
        Transcript,
        on_delete=OnDelete.cascade,
        null=True,
        help_text="The only transcript it was used for; empty if used for several.",
    )
    model = Varchar(length=100, default=None, help_text="The model's name.")
    operation_type = Varchar(
        length=50,
        choices=OperationType,
        default=None,
        help_text="Whether it finds moments or refines them.",
    )
    temperature = DoublePrecision(
        null=True, default=None, help_text="Sampling temperature, from 0 to 2."
    )
    top_p = DoublePrecision(
        null=True, default=None, help_text="Nucleus sampling threshold, from 0 to 1."
    )
    top_k = Integer(
        null=True, default=None, help_text="The number of likeliest tokens to sample from."
    )
    min_moment_length = DoublePrecision(null=True, default=None, help_text="In seconds.")
    max_moment_length = DoublePrecision(null=True, default=None, help_text="In seconds.")
    min_moments = Integer(null=True, default=None, help_text="The minimum number of moments.")
    max_moments = Integer(null=True, default=None, help_text="The maximum number of moments.")
    config_hash = Varchar(
        length=64,
        default="",
        unique=True,
        help_text="SHA-256 of everything but transcript_id. Set by PostgreSQL.",
    )

    generation_configs_operation_type_check = one_of("operation_type", OperationType)
    generation_configs_temperature_check = Check("temperature >= 0 AND temperature <= 2")
    generation_configs_top_p_check = Check("top_p >= 0 AND top_p <= 1")
    generation_configs_top_k_check = Check("top_k >= 0")
    generation_configs_min_moment_length_check = Check(
        "min_moment_length >= 0 AND min_moment_length < 'Infinity'"
        " AND min_moment_length <= max_moment_length"
    )
    generation_configs_max_moment_length_check = Check(
        "max_moment_length >= 0 AND max_moment_length < 'Infinity'"
    )
    generation_configs_min_moments_check = Check("min_moments >= 0 AND min_moments <= max_moments")
    generation_configs_max_moments_check = Check("max_moments >= 0")

    extras = (
        index("generation_configs", "prompt_id", "prompt_id, id"),
        index("generation_configs", "transcript_id", "transcript_id, id"),
        rules.HASH_CONFIG,
        keeps_updated_at("generation_configs"),
        audited("generation_configs"),
    )

    @classmethod
    def get_readable(cls) -> Readable:
        return Readable(template="%s, %s", columns=[cls.model, cls.operation_type])
