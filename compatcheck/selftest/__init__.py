"""Self-test: what would these settings catch on these pages?

Known faults are put one at a time into the page as one device sees it, the real comparison runs, and the detection rate per
kind of fault and the false-alarm rate on untouched looks come out. `faults` picks targets and sizes by a seed, `inject.js`
puts a fault into the open page, `eyes` wraps an open browser so that the capture stage looks at the spoilt page by its
ordinary path.
"""
