"""The one exception a user is meant to see."""


class MmdrpError(Exception):
    """A mistake its reader can mend: one line that names the file, column, row or option.

    The command line prints it alone and exits with 2; anything else is a bug and exits with 1.
    """
