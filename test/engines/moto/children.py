"""The children of a Distributed Map, as executions of their own.

moto runs a child as a part of its parent: the child sees its parent's `$states.context.Execution`, and the
children of one Map write one history together. The service starts an execution for each, with an input, a
context and a history of its own. This gives the child those three, and changes nothing of how it is walked.
"""

from typing import Any

from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker as worker,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

_eval_input = worker.DistributedItemProcessorWorker._eval_input
children: list[Environment] = []


def _become_execution(self: Any, env_frame: Environment) -> None:
    _eval_input(self, env_frame)
    context = env_frame.states.context_object.context_object_data
    context["Execution"] = context["Execution"] | {"Input": env_frame.states.get_input()}
    del context["Map"]
    env_frame.event_manager = EventManager()
    env_frame.event_history_context.source_event_id = 0
    children.append(env_frame)


worker.DistributedItemProcessorWorker._eval_input = _become_execution
