"""Run Command by the embedded SSM of local/ssm, which listens at RUN_COMMAND_URL (../run-command.ts).

MiniStack's own runs no document but AWS-RunShellScript and reports success of any other; it has neither
documents nor lists of invocations nor events. Parameter Store stays MiniStack's.
"""

import asyncio
import json
import os
import urllib.error
import urllib.request

from events import raise_event
from ministack.services import ssm
from ministack.services.cloudformation import provisioners

RUN_COMMAND_URL = os.environ["RUN_COMMAND_URL"]
PARAMETER_STORE = ("Parameter", "ServiceSetting", "Tags")


def ask(action: str, body: bytes) -> tuple[int, dict, bytes]:
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"AmazonSSM.{action}"}
    request = urllib.request.Request(RUN_COMMAND_URL, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, {"content-type": headers["content-type"]}, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, {"content-type": headers["content-type"]}, refusal.read()


async def answer_ssm(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    if action == "RaiseEvent":  # No action of AWS: how the embedded SSM reaches the default bus.
        raise_event(**json.loads(body))
        return 200, {}, b"{}"
    if any(word in action for word in PARAMETER_STORE):
        return await own_ssm(method, path, headers, body, query_params)
    return await asyncio.to_thread(ask, action, body or b"{}")


def create_document(logical_id, props, stack_name):
    name = props.get("Name") or f"{stack_name}-{logical_id}"
    content = props["Content"]
    request = {
        "Name": name,
        "Content": content if isinstance(content, str) else json.dumps(content),
        "DocumentType": props.get("DocumentType", "Command"),
        "DocumentFormat": props.get("DocumentFormat", "JSON"),
    }
    status, _, body = ask("CreateDocument", json.dumps(request).encode())
    if status != 200:
        raise ValueError(f"AWS::SSM::Document {name}: {body.decode()}")
    return name, {}


def update_document(physical_id, old_props, new_props, _stack_name):
    if old_props != new_props:
        raise ValueError(f"AWS::SSM::Document {physical_id} changed: a changed script has another name")
    return physical_id, {}


def delete_document(physical_id, _props):
    status, _, body = ask("DeleteDocument", json.dumps({"Name": physical_id}).encode())
    if status != 200:
        raise ValueError(f"AWS::SSM::Document {physical_id}: {body.decode()}")


own_ssm = ssm.handle_request
ssm.handle_request = answer_ssm
provisioners._RESOURCE_HANDLERS["AWS::SSM::Document"] = {
    "create": create_document,
    "update": update_document,
    "delete": delete_document,
}
