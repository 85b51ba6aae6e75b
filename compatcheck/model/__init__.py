"""The words of the project as types. Stages import these and `geometry`, never each other.

`matrix.py` what the user asked for · `plan.py` what will be looked at · `capture.py` what came back · `verdict.py` what it
means. Nothing here does any work.
"""
