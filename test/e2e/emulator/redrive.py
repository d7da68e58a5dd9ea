"""RedriveExecution, which MiniStack lacks, and what DescribeExecution says of it.

An execution that failed or was stopped goes on at the state in which it stood, with that state's input and its
variables, by the definition that it began with. So do the children of a Distributed Map: those that have
succeeded are not run again, the others go on where they stood.

Each redrive is a walk of its own. What is left of an earlier one (a lambda that still works, a token, a wait)
ends as soon as it comes to a state's end or to the next state: an execution is walked once at a time.

Not as in the service: the Map has a new Map Run, and its children new names; a redriven state's retries are not
counted apart; the event of the status says nothing of redrives. Nobody here reads these.
"""

import contextvars
import copy
import json
import sys
import threading
import time
from typing import NamedTuple

import step_functions  # noqa: F401  What it replaces is replaced first.
from ministack.services import stepfunctions as sfn

REDRIVABLE = ("FAILED", "ABORTED", "TIMED_OUT")


class Place(NamedTuple):
    """The state in which an execution stands."""

    state: str
    input: object
    variables: dict


# By the ARN of an execution.
places: dict[str, Place] = {}
definitions: dict[str, str] = {}
redrives: dict[str, int] = {}
redriven_at: dict[str, float] = {}
tokens: dict[str, dict[str, float]] = {}
# Children by their item's index, of the Map that an execution entered last.
children: dict[str, dict[int, dict]] = {}
# The executions that go on in a Map, until they have entered it.
resuming: set[str] = set()
# Children that go on, until they have entered their state.
resumed: dict[str, Place] = {}

# How often the execution of this thread had been redriven when it began to walk.
walk = contextvars.ContextVar("walk", default=0)
# Of a Map that goes on: its children from before.
earlier = contextvars.ContextVar("earlier", default={})


def root_of(execution):
    run = sfn._map_runs.get(execution.get("mapRunArn"))
    return execution["executionArn"] if run is None else run["executionArn"]


def end_if_replaced(execution):
    """Ends the thread of an earlier walk; a thread's SystemExit is silent."""
    if redrives.get(root_of(execution), 0) != walk.get():
        sys.exit()


def remembered(own):
    """A state's handler; the context is its last argument."""

    def handle(state, raw_input, *rest):
        ctx = rest[-1]
        arn = ctx["Execution"]["Id"]
        execution = sfn._executions[arn]
        end_if_replaced(execution)
        step_functions.end_if_stopped(execution)
        places[arn] = Place(ctx["State"]["Name"], raw_input, copy.deepcopy(ctx["variables"]))
        machine = sfn._state_machines.get(execution["stateMachineArn"])
        if machine is not None:  # A child has none: its states are the Map's.
            definitions.setdefault(arn, machine["definition"])
        answer = own(state, raw_input, *rest)
        end_if_replaced(execution)
        return answer

    return handle


def run_distributed_map(state, raw_input, effective, processor, execution, ctx):
    arn = execution["executionArn"]
    earlier.set(children.get(arn, {}) if arn in resuming else {})
    resuming.discard(arn)
    children[arn] = dict(earlier.get())
    return own_distributed_map(state, raw_input, effective, processor, execution, ctx)


def run_sub_machine(states, start_at, item, execution, ctx):
    root = root_of(execution)
    if root == execution["executionArn"]:
        return own_sub_machine(states, start_at, item, execution, ctx)  # Of an inline Map, or a Parallel.
    index = ctx["Map"]["Item"]["Index"]
    before = earlier.get().get(index)
    if before is not None and before["status"] == "SUCCEEDED":
        return json.loads(before["output"])
    children[root][index] = execution
    place = None if before is None else places.get(before["executionArn"])
    if place is not None:
        resumed[execution["executionArn"]] = place
    return own_sub_machine(states, start_at, item, execution, ctx)


def walk_states(states, start_at, item, execution, ctx):
    place = resumed.pop(execution["executionArn"], None)
    if place is None:
        return own_walk(states, start_at, item, execution, ctx)
    ctx["variables"] = copy.deepcopy(place.variables)
    return own_walk(states, place.state, place.input, execution, ctx)


def walk_on(arn):
    walk.set(redrives[arn])
    execution = sfn._executions[arn]
    definition, place = beginning_of(execution)
    ctx = {
        "QueryLanguage": definition["QueryLanguage"],
        "Execution": {
            "Id": arn,
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "StartTime": execution["startDate"],
        },
        "StateMachine": {"Id": execution["stateMachineArn"]},
        "variables": copy.deepcopy(place.variables),
    }
    try:
        output = own_walk(definition["States"], place.state, place.input, execution, ctx)
    except sfn._ExecutionError as error:
        sfn._fail_execution(execution, error.error, error.cause)
        return
    step_functions.end_if_stopped(execution)
    execution.update(status="SUCCEEDED", output=json.dumps(output), stopDate=sfn.now_iso())
    sfn._emit_execution_status_event(execution)


def beginning_of(execution):
    """The definition, and the place to begin at: its start, where it was stopped before it had entered a state."""
    arn = execution["executionArn"]
    machine = sfn._state_machines[execution["stateMachineArn"]]
    definition = json.loads(definitions.get(arn, machine["definition"]))
    start = Place(definition["StartAt"], json.loads(execution["input"]), {})
    return definition, places.get(arn, start)


def redrive_execution(data):
    arn = data["executionArn"]
    execution = sfn._executions.get(arn)
    if execution is None:
        return sfn.error_response_json("ExecutionDoesNotExist", f"Execution {arn} not found", 400)
    token = data.get("clientToken")
    known = tokens.setdefault(arn, {})
    if token in known:
        return sfn.json_response({"redriveDate": known[token]})
    if execution["status"] not in REDRIVABLE:
        return sfn.error_response_json("ExecutionNotRedrivable", f"Execution is {execution['status']}", 400)
    redrives[arn] = redrives.get(arn, 0) + 1
    redriven_at[arn] = time.time()
    if token is not None:
        known[token] = redriven_at[arn]
    definition, place = beginning_of(execution)
    resuming.discard(arn)
    if definition["States"][place.state]["Type"] == "Map":
        resuming.add(arn)
    execution.update(status="RUNNING", stopDate=None, output=None, error=None, cause=None)
    sfn._emit_execution_status_event(execution)
    # The account and the region of the call are in its context.
    threading.Thread(target=contextvars.copy_context().run, args=(walk_on, arn), daemon=True).start()
    return sfn.json_response({"redriveDate": redriven_at[arn]})


def describe_execution(data):
    status, headers, body = own_describe(data)
    if status != 200:
        return status, headers, body
    told = json.loads(body)
    is_redrivable = told["status"] in REDRIVABLE and "mapRunArn" not in told
    told["redriveStatus"] = "REDRIVABLE" if is_redrivable else "NOT_REDRIVABLE"
    arn = told["executionArn"]
    told["redriveCount"] = redrives.get(arn, 0)
    if arn in redriven_at:
        told["redriveDate"] = redriven_at[arn]
    return sfn.json_response(told)


def fail_execution(execution, error, cause):
    end_if_replaced(execution)
    own_fail(execution, error, cause)


async def answer_sfn(method, path, headers, body, query_params):
    if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
        return sfn._finalize_response(redrive_execution(json.loads(body)))
    return await own_request(method, path, headers, body, query_params)


for name in ("_execute_pass", "_execute_choice", "_execute_wait", "_execute_task", "_execute_map"):
    setattr(sfn, name, remembered(getattr(sfn, name)))
own_walk, step_functions.own_sub_machine = step_functions.own_sub_machine, walk_states
own_sub_machine, sfn._run_sub_machine = sfn._run_sub_machine, run_sub_machine
own_distributed_map, sfn._run_distributed_map = sfn._run_distributed_map, run_distributed_map
own_describe, sfn._describe_execution = sfn._describe_execution, describe_execution
own_fail, sfn._fail_execution = sfn._fail_execution, fail_execution
own_request, sfn.handle_request = sfn.handle_request, answer_sfn
