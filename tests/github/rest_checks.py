"""REST: check runs."""

from __future__ import annotations

from typing import Any

from tests.github.check_payloads import check_run_json, check_suite_json
from tests.github.model import CheckRun, now, stamp
from tests.github.payloads import WEB
from tests.github.routing import Answer, ApiError, Call, route

_LONGEST = 65_535
_ANNOTATIONS = 50
_ACTIONS = {"label": 20, "description": 40, "identifier": 20}
_BASE = "/repos/{owner}/{repo}"


def _run(call: Call) -> CheckRun:
    for each in call.repository.runs:
        if str(each.id) == call.names["check_run_id"]:
            return each
    raise ApiError(404, "Not Found")


@route("GET", f"{_BASE}/commits/{{ref}}/check-runs", "checks:read")
def list_runs(call: Call) -> Answer:
    query, repository = call.request.query, call.repository
    sha = repository.bare.resolve(call.names["ref"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.names['ref']}")
    runs = repository.check_runs(sha)
    if "app_id" in query:
        own = query["app_id"] == str(call.github.app.id)
        runs = [run for run in runs if own and run.suite.ours]
    for name in ("check_name", "status"):
        runs = [run for run in runs if query.get(name) in (None, getattr(run, name.removeprefix("check_")))]
    if query.get("filter", "latest") == "latest":
        runs = list({run.name: run for run in runs}.values())
    items, headers = call.page(runs[::-1])
    body = {"total_count": len(runs), "check_runs": [check_run_json(each, repository) for each in items]}
    return Answer(200, body, headers)


@route("GET", f"{_BASE}/check-runs/{{check_run_id}}", "checks:read")
def get_run(call: Call) -> Answer:
    return Answer(200, check_run_json(_run(call), call.repository))


@route("GET", f"{_BASE}/check-runs/{{check_run_id}}/annotations", "checks:read")
def list_annotations(call: Call) -> Answer:
    run, repository = _run(call), call.repository
    items, headers = call.page(run.annotations)
    blank = dict.fromkeys(("start_column", "end_column", "title", "raw_details"))
    href = f"{WEB}/{repository.full_name}/blob/{run.head_sha}"
    return Answer(200, [{**blank, **each, "blob_href": f"{href}/{each['path']}"} for each in items], headers)


@route("POST", f"{_BASE}/check-runs", "checks:write")
def create_run(call: Call) -> Answer:
    repository, sha = call.repository, call.given("head_sha", "CheckRun")
    name = call.given("name", "CheckRun")
    if len(sha) != 40 or repository.bare.resolve(sha) != sha:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    run = CheckRun(call.github.next_id(), repository.suite(sha), name)
    _change(run, call, creating=True)
    repository.runs.append(run)
    _tell(call, run, "created")
    if run.status == "completed":
        _tell(call, run, "completed")
    return Answer(201, check_run_json(run, repository))


@route("PATCH", f"{_BASE}/check-runs/{{check_run_id}}", "checks:write")
def update_run(call: Call) -> Answer:
    run = _run(call)
    before = run.status
    _change(run, call, creating=False)
    if run.status == "completed" != before:
        _tell(call, run, "completed")
    return Answer(200, check_run_json(run, call.repository))


def _tell(call: Call, run: CheckRun, action: str) -> None:
    repository = call.repository
    told = {**check_run_json(run, repository), "check_suite": check_suite_json(run.suite, repository)}
    repository.send("check_run", action, call.github.app.login, check_run=told)


def _change(run: CheckRun, call: Call, *, creating: bool) -> None:
    """Writes the body of a request into a check run; nothing of it when something is wrong."""
    body: dict[str, Any] = call.request.body
    output, actions = body.get("output") or {}, body.get("actions")
    status, conclusion = body.get("status"), body.get("conclusion")
    _check_output(output, creating=creating)
    _check_actions(actions or [])
    if status == "completed" and not conclusion:
        raise _invalid("conclusion", "missing_field")
    if conclusion == "stale":
        raise _invalid("conclusion", "invalid")
    for name in ("name", "external_id", "details_url"):
        setattr(run, name, body.get(name, getattr(run, name)))
    for name in ("title", "summary", "text"):
        setattr(run, name, output.get(name, getattr(run, name)))
    run.annotations += output.get("annotations") or []
    run.actions = run.actions if actions is None else actions
    if status in ("queued", "in_progress"):
        run.conclusion = run.completed = None
    run.status = "completed" if conclusion else status or run.status
    run.conclusion = conclusion or run.conclusion
    run.started = body.get("started_at") or run.started or stamp(now())
    if conclusion:
        run.completed = body.get("completed_at") or stamp(now())


def _check_output(output: dict[str, Any], *, creating: bool) -> None:
    if not output:
        return
    for name in ("title", "summary") if creating else ("summary",):
        if output.get(name) is None:
            raise _invalid(f"output.{name}", "missing_field")
    for name in ("summary", "text"):
        if len(output.get(name) or "") > _LONGEST:
            raise ApiError(422, f"Invalid request.\n\nOnly {_LONGEST} characters are allowed; {name} has more.")
    annotations = output.get("annotations") or []
    if len(annotations) > _ANNOTATIONS:
        raise ApiError(
            422, f"Invalid request.\n\nNo more than {_ANNOTATIONS} items are allowed; {len(annotations)} were supplied."
        )
    for each in annotations:
        missing = [n for n in ("path", "start_line", "end_line", "annotation_level", "message") if each.get(n) is None]
        if missing:
            raise _invalid(f"annotations.{missing[0]}", "missing_field")
        if len(each["message"].encode()) > 65_536 or len(each.get("title") or "") > 255:
            raise _invalid("annotations.message", "too_long")
        several = each["start_line"] != each["end_line"]
        if each["start_line"] > each["end_line"] or (several and (each.get("start_column") or each.get("end_column"))):
            raise _invalid("annotations.start_line", "invalid")


def _check_actions(actions: list[dict[str, Any]]) -> None:
    if len(actions) > 3:
        raise ApiError(422, f"Invalid request.\n\nNo more than 3 items are allowed; {len(actions)} were supplied.")
    for each in actions:
        for name, longest in _ACTIONS.items():
            if not each.get(name) or len(each[name]) > longest:
                raise _invalid(f"actions.{name}", "invalid")


def _invalid(field: str, code: str) -> ApiError:
    return ApiError(422, "Validation Failed", [{"resource": "CheckRun", "code": code, "field": field}])
