"""What MiniStack's Step Functions lacks of a Distributed Map in JSONata, of task tokens, and of a stop.

- A Distributed Map reads Items, ItemSelector and its limits as JSONPath, and its children see their parent's
  execution and variables.
- A task with a token waits for ever where its lambda failed, does not evaluate TimeoutSeconds, and keeps its
  token when it is tried again.
- An execution that was stopped goes on in the task where it is and in its children, and may still fail.
"""

import sys
import threading
import time

from ministack.services import stepfunctions as sfn

LIMITS = ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")
DEFAULT_TIMEOUT_SECONDS = 99_999_999


def end_if_stopped(execution):
    """Ends the thread that walks a stopped execution; a thread's SystemExit is silent."""
    if execution["status"] != "RUNNING":
        sys.exit()


def run_distributed_map(state, raw_input, _effective, processor, execution, ctx):
    def evaluate(field, context=ctx):
        return sfn._apply_jsonata_template(state[field], raw_input, context)

    items = []
    for index, value in enumerate(evaluate("Items")):
        context = {**ctx, "Map": {"Item": {"Index": index, "Value": value}}}
        items.append(evaluate("ItemSelector", context) if "ItemSelector" in state else value)
    plain = {"Label": state["Label"], **{limit: evaluate(limit) for limit in LIMITS if limit in state}}
    results, _ = own_distributed_map(plain, items, items, processor, execution, ctx)
    output = sfn._apply_jsonata_output(state, raw_input, ctx, result=results, default=results)
    return output, sfn._next_or_end(state)


def run_sub_machine(states, start_at, item, execution, ctx):
    if ctx["Execution"]["Id"] == execution["executionArn"]:
        return own_sub_machine(states, start_at, item, execution, ctx)  # Of an inline Map, or a Parallel.
    if sfn._executions[ctx["Execution"]["Id"]]["status"] != "RUNNING":
        execution["status"] = "ABORTED"  # Its parent was stopped while it waited for its turn.
    end_if_stopped(execution)
    ctx["Execution"] = {
        "Id": execution["executionArn"],
        "Input": item,
        "Name": execution["name"],
        "StartTime": execution["startDate"],
    }
    ctx["variables"] = {}
    try:
        return own_sub_machine(states, start_at, item, execution, ctx)
    finally:
        end_if_stopped(execution)


def execute_task(state, raw_input, execution, ctx):
    if "TimeoutSeconds" in state:
        seconds = sfn._apply_jsonata_template(state["TimeoutSeconds"], raw_input, ctx)
        state = {**state, "TimeoutSeconds": seconds}
    return own_task(state, raw_input, execution, ctx)


def begin_attempt(state, raw_input, ctx):
    """A task's arguments are evaluated each time that it is tried: where a stop ends it, with a new token."""
    end_if_stopped(sfn._executions[ctx["Execution"]["Id"]])
    if state["Resource"].endswith(".waitForTaskToken"):
        ctx["Task"] = {"Token": sfn.new_uuid()}
    return own_arguments(state, raw_input, ctx)


def invoke_with_callback(_resource, arguments, token, state):
    """The token is known before the lambda is called: it may be completed while the lambda still works."""
    done = threading.Event()
    task = {"event": done, "result": None, "error": None, "heartbeat": None}
    sfn._task_tokens[token] = task
    ends_at = time.monotonic() + state.get("TimeoutSeconds", DEFAULT_TIMEOUT_SECONDS)
    try:
        function = sfn._resolve_lambda_function_ref(arguments["FunctionName"], optimized=True)
        try:
            sfn._call_lambda(function, arguments["Payload"])
        except sfn._ExecutionError:
            if not done.is_set():
                raise
        if not done.wait(timeout=max(0, ends_at - time.monotonic())):
            raise sfn._ExecutionError("States.Timeout", "")
    finally:
        sfn._task_tokens.pop(token, None)
    if task["error"]:
        raise sfn._ExecutionError(task["error"]["Error"], task["error"]["Cause"])
    return sfn.json.loads(task["result"])


def stop_execution(data):
    answer = own_stop(data)
    for child in list(sfn._executions.values()):
        run = sfn._map_runs.get(child.get("mapRunArn"), {})
        if run.get("executionArn") == data["executionArn"] and child["status"] == "RUNNING":
            child.update(status="ABORTED", stopDate=sfn.now_iso())
    return answer


def fail_execution(execution, error, cause):
    if execution["status"] == "RUNNING":
        own_fail(execution, error, cause)


own_distributed_map, sfn._run_distributed_map = sfn._run_distributed_map, run_distributed_map
own_sub_machine, sfn._run_sub_machine = sfn._run_sub_machine, run_sub_machine
own_task, sfn._execute_task = sfn._execute_task, execute_task
own_arguments, sfn._apply_jsonata_arguments = sfn._apply_jsonata_arguments, begin_attempt
own_stop, sfn._stop_execution = sfn._stop_execution, stop_execution
own_fail, sfn._fail_execution = sfn._fail_execution, fail_execution
sfn._invoke_with_callback = invoke_with_callback
