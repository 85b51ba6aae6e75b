"""compatcheck looks at web pages on every device of a matrix and says where the layout really breaks.

Where things are: `model` the words as types · `geometry` boxes and units · `matrix` devices.yaml → Matrix · `plan` Matrix →
shots and pairs · `capture` shots → captures · `compare` alignment and regions · `metrics` scores · `layout` divergences ·
`judge` verdicts · `report` HTML, JSON, JUnit · `execute` how tasks run · `pipeline` the path through all of them · `cli` the
command line · `demo` the demo site.
"""

__version__ = "0.1.0"
