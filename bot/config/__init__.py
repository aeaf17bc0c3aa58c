"""What the operator decides: one YAML file and `LOA_…` environment variables, checked as a whole.

    file ─▶ document (values and their lines) ─┐
                                               ├─▶ models (types, ranges) ─▶ Config
    environment ─▶ the same keys ──────────────┘        └─▶ all problems at once, each with its place

This is the only room that reads YAML or the process environment.
"""

from bot.config.durations import format_duration, parse_duration
from bot.config.environment import process_environment, system_language
from bot.config.load import DEFAULT_FILE, has_settings, load_config
from bot.config.models import (
    Config,
    DeliveryConfig,
    FeedConfig,
    LogFormat,
    LogLevel,
    LogsConfig,
    PageConfig,
    PollingConfig,
    TelegramConfig,
    TopicConfig,
    WebConfig,
)
from bot.config.problems import ConfigError, Problem

__all__ = [
    "DEFAULT_FILE",
    "Config",
    "ConfigError",
    "DeliveryConfig",
    "FeedConfig",
    "LogFormat",
    "LogLevel",
    "LogsConfig",
    "PageConfig",
    "PollingConfig",
    "Problem",
    "TelegramConfig",
    "TopicConfig",
    "WebConfig",
    "format_duration",
    "has_settings",
    "load_config",
    "parse_duration",
    "process_environment",
    "system_language",
]
