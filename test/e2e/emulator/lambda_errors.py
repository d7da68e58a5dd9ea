"""The name of what a lambda threw, as its errorType: MiniStack calls every one Runtime.HandlerError.

A state machine retries by that name. It travels in front of the trace, out of the worker that runs the lambda.
"""

import re

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

TRACE = 'trace: err.stack || ""'
NAMED = re.compile(r"^errorType=(\w+)$", re.MULTILINE)


def execute_function(record, event):
    result = own_execute_function(record, event)
    body = result.get("body")
    named = NAMED.search(str(result.get("log", "")))
    if result.get("error") and isinstance(body, dict) and named:
        body["errorType"] = named.group(1)
    return result


assert TRACE in lambda_runtime._NODEJS_WORKER_SCRIPT, "MiniStack's worker has changed"
lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(
    TRACE, 'trace: `errorType=${err.name}\\n${err.stack || ""}`'
)
own_execute_function = lambda_svc._execute_function_with_config_scope
lambda_svc._execute_function_with_config_scope = execute_function
