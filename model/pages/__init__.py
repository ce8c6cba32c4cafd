"""Tagged articles for people to look at: one self-contained HTML file, or a fragment for a notebook."""

from conflict_events.pages.article_page import HtmlWriter, write_page
from conflict_events.pages.fragment import to_html

__all__ = ["HtmlWriter", "to_html", "write_page"]
