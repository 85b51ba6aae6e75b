"""Getting a page into the state in which it is to be looked at, the same for every driver.

| module | what it does |
|---|---|
| `locate` | selectors: CSS, XPath, `text=`, through shadow roots and frames |
| `steps`, `keys` | click, fill, press, select, hover, scroll, wait, script, goto |
| `dismiss` | consent dialogs and the like, clicked away |
| `styles` | CSS that is added |
| `conditions` | what a page wants to have come true before it is looked at |

Everything here needs nothing but a `Wire`: an open WebDriver session, whoever drives it.
"""
