"""MiniStack as it is shipped, with the parts that it lacks. docs/testing.md lists what is whose."""

import events  # noqa: F401
import lambda_errors  # noqa: F401
import redrive  # noqa: F401
import run_command  # noqa: F401
import step_functions  # noqa: F401
from ministack.app import main

if __name__ == "__main__":
    main()
