"""The command line: Typer commands that read their arguments, call a stage or the pipeline, and print.

`app.py` puts the commands together · `run.py` the main command · `console.py` progress and summary · the other modules hold a
command or a family each. A command imports what it needs when it is called, so that `--help` stays instant.
"""
