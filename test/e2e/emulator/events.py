"""Events of AWS's own services on the default bus, and those that MiniStack's registry does not raise."""

import json

from ministack.services import ecr, eventbridge


def raise_event(source: str, detailType: str, detail: dict, resources: list[str]) -> None:
    entry = {
        "Source": source,
        "DetailType": detailType,
        "Detail": json.dumps(detail),
        "Resources": resources,
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def put_manifest(name, ref, headers, body):
    """A manifest that changes something raises what ECR raises; one pushed by digest has an empty tag."""
    is_tag = not ref.startswith("sha256:")
    held = ecr._find_image(name, {"imageTag" if is_tag else "imageDigest": ref}) or {}
    digest_before = held.get("imageDigest")
    answer = own_put_manifest(name, ref, headers, body)
    status, answered, _ = answer
    if status == 201 and answered["Docker-Content-Digest"] != digest_before:
        detail = {
            "action-type": "PUSH",
            "result": "SUCCESS",
            "repository-name": name,
            "image-digest": answered["Docker-Content-Digest"],
            "image-tag": ref if is_tag else "",
            "manifest-media-type": headers.get("content-type", ""),
        }
        raise_event("aws.ecr", "ECR Image Action", detail, [])
    return answer


own_put_manifest = ecr._v2_put_manifest
ecr._v2_put_manifest = put_manifest
