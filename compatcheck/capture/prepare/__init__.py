"""Making a browser ready for a page before it is opened: cookies, storage, passwords, headers, blocked hosts, a frozen clock.

`wishes_of(page)` says what a page wants; every engine has a `Preparer` that does it with what it has, undoes what the page before
wanted, and gives back sentences about what it cannot do:

| module | for | with |
|---|---|---|
| `chromium`, `fetching` | Chromium, Chrome, Edge | the DevTools protocol; a line of its own to the browser for passwords and headers |
| `firefox` | Firefox | WebDriver BiDi: storage, preload scripts, intercepted requests |
| `webkit` | WebKitGTK | the window's own process: cookie manager, user scripts, content filters, `authenticate` |
| `plain` | whatever only WebDriver reaches | a first visit that sets cookies and storage |

`state` reads and writes Playwright's storage-state files.
"""
