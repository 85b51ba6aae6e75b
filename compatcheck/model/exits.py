"""The exit codes. "Different" and "could not look" never share one."""

EXIT_MATCH = 0
EXIT_FLAGGED = 1
EXIT_USAGE = 2
EXIT_FAILED = 3
EXIT_INTERRUPTED = 130
