"""The overview of what was tagged: counts over time and outlets, stories told by several, plots, one page."""

from conflict_events.overview.events import EventArticle, read_events
from conflict_events.overview.report import Overview, overview_of, write_overview

__all__ = ["EventArticle", "Overview", "overview_of", "read_events", "write_overview"]
