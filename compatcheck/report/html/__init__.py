"""`index.html`: the report people review.

`view.py` turns `Results` into view data (no markup), `families.py` finds the devices that fail in the same way, `earlier.py` looks
at the runs before this one, `pack.py` gets the data into the page, `write.py` fills the template. The interface itself is
`../ui/` (TypeScript), built into `assets/`; docs/report.md says how the parts fit.

Terms: a *row* is an outcome in the index, few bytes long, always loaded; a *detail* is the rest of it, loaded a *chunk* at a time;
a *finding* is a divergence as it occurs on a page, on however many devices.
"""
