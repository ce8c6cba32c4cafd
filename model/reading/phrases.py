"""Lines that are furniture as they stand, and the words of date lines."""

from __future__ import annotations

from .reasons import ADVERTISEMENT, BYLINE, COOKIES, LINK, NAVIGATION, NEWSLETTER, SOCIAL

_PHRASES = {
    NAVIGATION: """
        post navigation, previous post, next post, previous, next, previous article, next article, menu, home,
        search, share, share this, share article, share this article, share this story, print, print this,
        print article, e-mail, email, save, more, load more, show more, view all, see all, see more, read
        more, top, back to top, comments, comment, no comments, leave a comment, post a comment, reply,
        close, play, play video, listen, get short url, copy link, skip to content, skip to main content,
        text size, font size, log in, login, sign in, register, contact us, about us, privacy policy, terms
        of use, terms of service, terms and conditions, terms & conditions, privacy, cookie policy, about,
        contact, contact the author, my account, breaking news, share via email, print this page, e-mail
        this, email this, comments are closed, comments are closed., view comments, show comments, be the
        first to comment, join the conversation, join the discussion, report a typo, report an error, send
        us a tip, continue reading, continue reading the main story, keep reading, read full article, up
        next, next up, show caption, hide caption, media caption, view gallery, view image, skip
        advertisement, open menu, toggle navigation, loading, listen to this article, listen to this story,
        this video can not be played, this video cannot be played, media playback is unsupported on your
        device, opens in new tab, opens in a new tab""",
    LINK: """
        related, related articles, related stories, related news, related topics, related content, related
        posts, related links, recommended, recommended for you, you may also like, you might also like, more
        stories, more from this section, more news, most read, most popular, trending, trending now, latest
        news, top stories, also read, read also, see also, editor's picks, editors' picks, further reading,
        more on this story, in this article, related story, most viewed, popular stories, recommended stories,
        what to read next, more from this author, promoted stories, from our partners""",
    ADVERTISEMENT: """
        advertisement, advertisements, advertising, ad, ads, sponsored, sponsored content, promoted, paid
        content, advertisement - scroll to continue, story continues, article continues""",
    NEWSLETTER: """
        subscribe, subscribe now, subscribe to our newsletter, newsletter, newsletters, newsletter sign up,
        sign up, get our free newsletter, thank you for subscribing!, subscribe to continue reading, please
        log in to continue, already a subscriber? log in, support our journalism, donate, donate now, download
        our app, download the app""",
    COOKIES: "accept, i accept, accept all, reject all, manage preferences",
    SOCIAL: "follow us, facebook, twitter, instagram, youtube, telegram, whatsapp, linkedin",
    BYLINE: "news agencies, staff writer, staff reporter, staff and agencies, agencies, news desk, web desk",
}

PHRASES = {
    " ".join(phrase.split()): reason for reason, phrases in _PHRASES.items() for phrase in phrases.split(",")
}
"""Reasons of lines, by the line in lower case without punctuation at its ends."""

LINK_LISTS = frozenset(phrase for phrase, reason in PHRASES.items() if reason == LINK)
"""Phrases that head a list of headlines of other articles."""

COMMENT_HEADINGS = frozenset(("comments", "comment", "leave a comment", "post a comment", "add a comment"))
"""What stands above a site's rules for comments, and below them."""

_MONTH_WORDS = """
    jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august
    september october november december"""
MONTHS = frozenset(_MONTH_WORDS.split())
"""Names of months, one of which a date line has unless it is in figures."""

_OTHER_DATE_WORDS = """
    mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday am
    pm a p m gmt utc est edt bst cet eet msk ist pst pdt z t th st nd rd at on of first published updated
    update last modified posted date time publication issued created edited hrs local"""
DATE_WORDS = MONTHS.union(_OTHER_DATE_WORDS.split())
"""Words of which a date line is made, with numbers."""
