"""Runs state machines in moto's interpreter: reads a JSON list of runs, prints a JSON list of reports.

A run is {"definition": text, "input": text, "startMs": number, "results": […], "byChunk": {…}}.
No server and no network: moto's Step Functions backend is called in the process.
"""

import json
import logging
import sys
from typing import Any

from virtual_time import CLOCK  # First: moto binds what it waits with when it is imported.

from children import children
from jsonata import Jsonata
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError
from moto.stepfunctions.parser.asl.jsonata import jsonata
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from scripted_lambda import ScriptedLambda

ACCOUNT = "111111111111"
REGION = "eu-west-1"


def evaluate(expression: str) -> Any:
    """moto asks a Java library that it no longer brings; here the port of the reference to Python answers."""
    try:
        return Jsonata(expression).evaluate(None)
    except Exception as error:
        raise jsonata.JSONataException("UNKNOWN", str(error)) from error


def report_child(env: Environment) -> dict[str, Any]:
    state = env.program_state()
    report: dict[str, Any] = {"history": env.event_manager.get_event_history()}
    if isinstance(state, ProgramEnded):
        return report | {"status": "SUCCEEDED", "output": env.states.get_input()}
    if isinstance(state, ProgramError):
        return report | {"status": "FAILED"} | dict(state.error or {})
    raise RuntimeError(f"a child ended as {state}")


def report_run(run: dict[str, Any]) -> dict[str, Any]:
    CLOCK.set_ms(run["startMs"])
    children.clear()
    backend = StepFunctionsParserBackend(REGION, ACCOUNT)
    lambdas = ScriptedLambda(backend, run)
    role = f"arn:aws:iam::{ACCOUNT}:role/machine"
    machine = backend.create_state_machine("machine", run["definition"], role, sm_type="STANDARD")
    execution = backend.start_execution(machine.arn, "run", run["input"])
    report = {
        "status": execution.status,
        "history": execution.to_history_output()["events"],
        "children": [report_child(child) for child in children],
        "mapRuns": [
            record.describe()
            for record in execution.exec_worker.env.map_run_record_pool_manager.get_all()
        ],
        "calls": lambdas.calls,
        "unanswered": lambdas.unanswered,
        "unused": lambdas.unused,
    }
    if execution.status == "SUCCEEDED":
        return report | {"output": execution.output}
    ending = {"error": execution.error, "cause": execution.cause}
    return report | {name: text for name, text in ending.items() if text is not None}


def main() -> None:
    logging.disable(logging.CRITICAL)
    jsonata._eval_jsonata = evaluate
    runs = json.load(sys.stdin)
    sys.stdout.write(to_json_str([report_run(run) for run in runs]))


main()
