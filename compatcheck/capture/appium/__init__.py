"""Phones, in-app webviews and desktop apps through an Appium server.

    driver.py        the driver: server → ports → session → web context → eyes → look, and everything ended again
    server.py        a server that is there, or one started for the run (`server: auto`)
    capabilities.py  what the matrix says, checked, with what parallel sessions and phones need added
    ports.py         ports that sessions must not share
    failures.py      a server's error as one line that says what to do
    contexts.py      native and web contexts: list, wait, match, switch, come back
    opening.py       how the page gets into the app: link, intent, native steps, script
    phone.py         orientation, keyboard, animations, alerts, dark mode; what the phone says about itself
    steps.py         the native steps among them: tap, type, wait
    session.py       opening a session, and ending it whatever happens
    camera.py        the page's picture: the web context's own, or the screen's cropped to the page
    screen.py        where the native side says that the page is
    crop.py          where the page is on the screen, proven by a marker
    readiness.py     what `compatcheck doctor` says about a server

A *view* is the part of the screen that the page is painted in.
"""
