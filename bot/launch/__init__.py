"""The launch gate as people run it: the runner, what it looks at outside the database, and which build this is."""

from bot.launch.runner import Launcher, Report
from bot.launch.source import digest

__all__ = ["Launcher", "Report", "digest"]
