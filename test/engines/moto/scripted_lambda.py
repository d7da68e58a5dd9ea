"""What moto takes for a Lambda client: it answers every call from the script of the run.

A result is {"ok": any}, {"error": name, "cause": text} or {"timeout": true}. A task that waits for a token
gets its result by way of the token, through moto's own SendTaskSuccess and SendTaskFailure; its lambda
answers null. Calls whose payload has a `chunk` that the script names are answered from that chunk's list.
"""

import io
import json
from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from virtual_time import NeverAnswers

Result = dict[str, Any]


class ScriptedLambda:
    def __init__(self, backend: StepFunctionsParserBackend, run: dict[str, Any]) -> None:
        self._backend = backend
        self._results: list[Result] = list(run["results"])
        self._by_chunk: dict[str, list[Result]] = run.get("byChunk", {})
        self.calls: list[dict[str, Any]] = []
        self.unanswered: list[str] = []
        self._state_name = ""
        self._token: str | None = None
        self._install()

    @property
    def unused(self) -> int:
        return len(self._results) + sum(map(len, self._by_chunk.values()))

    def _install(self) -> None:
        """The client's one place, and the one place that knows whose call it is."""
        execute = lambda_eval_utils.__dict__.setdefault(
            "_execute", lambda_eval_utils.execute_lambda_function_integration
        )

        def execute_known(env: Environment, **options: Any) -> None:
            context = env.states.context_object.context_object_data
            self._state_name = context["State"]["Name"]
            self._token = context.get("Task", {}).get("Token")
            execute(env=env, **options)

        lambda_eval_utils.execute_lambda_function_integration = execute_known
        lambda_eval_utils.boto_client_for = lambda **_: self

    def invoke(self, FunctionName: str, Payload: bytes = b"{}", **_: Any) -> Result:
        payload = json.loads(Payload)
        call = {"stateName": self._state_name, "functionName": FunctionName, "payload": payload}
        self.calls.append(call | {"token": self._token} if self._token else call)
        result = self._next_result(payload)
        if self._token is not None:
            self._complete(self._token, result)
            return self._response(None)
        if "timeout" in result:
            raise NeverAnswers()
        if "ok" in result:
            return self._response(result["ok"])
        cause = json.loads(result["cause"])
        if cause["errorType"] != result["error"]:
            raise ValueError(f"a lambda cannot fail with {result}")
        return self._response(cause) | {"FunctionError": "Unhandled"}

    def _next_result(self, payload: Any) -> Result:
        chunk = str(payload.get("chunk")) if isinstance(payload, dict) else ""
        results = self._by_chunk.get(chunk, self._results)
        if results:
            return results.pop(0)
        self.unanswered.append(self._state_name)
        raise LookupError(f"no result is left for the state '{self._state_name}'")

    def _complete(self, token: str, result: Result) -> None:
        if "ok" in result:
            self._backend.send_task_success(token, json.dumps(result["ok"]))
        elif "error" in result:
            self._backend.send_task_failure(token, result["error"], result.get("cause"))

    @staticmethod
    def _response(value: Any) -> Result:
        payload = io.BytesIO(json.dumps(value).encode())
        return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": payload}
