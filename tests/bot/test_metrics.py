"""What is counted and timed, how Prometheus reads it, and the addresses for whoever runs the bot."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from redis.connection import AbstractConnection
from werkzeug.test import Client, TestResponse

from bot.app import create_app
from bot.disk import note_disk
from bot.exposition import exposition
from bot.metrics import METRICS, Tally
from bot.settings import load
from tests.bot.disasters import open_bot, wait_for_reviews
from tests.bot.door import environ, headers
from tests.bot.harness import queue_server, wait_for
from tests.bot.stage import FIX, HARMLESS, MESSAGES, Stage, comment_on
from tests.github.descriptions import Descriptions
from tests.github.faults import Fault
from worker.demo import BASE, CHANGE
from worker.queue import REVIEWS, UPKEEP, Limits, Task, Tasks

ROOT = Path(__file__).parents[2]
TOKEN = "a token for the metrics"  # noqa: S105
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
NAMES = {name + suffix for name, metric in METRICS.items() for suffix in SUFFIXES[metric.kind]}


def samples(redis: Redis) -> dict[tuple[str, ...], float]:
    """(name, label values in the metric's order) -> value, without the times at which things were made."""
    found = {}
    for family in text_string_to_metric_families(exposition(redis).decode()):
        for sample in family.samples:
            labels = [sample.labels[label] for label in METRICS[family.name].labels]
            found[(sample.name, *labels, *([sample.labels["le"]] if "le" in sample.labels else []))] = sample.value
    return found


def counted(redis: Redis, name: str) -> dict[tuple[str, ...], float]:
    """Label values -> value of one metric."""
    return {key[1:]: value for key, value in samples(redis).items() if key[0] == name}


def browser(redis_url: str, **variables: str) -> Client:
    return create_app(load(environ(redis_url, **variables))).test_client()


def metrics_of(client: Client, authorization: str | None) -> TestResponse:
    return client.get("/metrics", headers={"Authorization": authorization} if authorization is not None else {})


def test_a_review_is_counted_and_timed(stage: Stage) -> None:
    redis = stage.bot.shop.tasks.redis
    stage.open()
    found = samples(redis)
    assert found["partywall_reviews_total", "reviewed"] == 1
    assert found["partywall_tasks_total", "review", "done"] == 1
    assert found["partywall_deliveries_total", "pull_request", "taken"] == 1
    for step in ("fetch", "read", "rules", "github"):
        assert found["partywall_step_seconds_count", "review", step] == 1
        assert found["partywall_step_seconds_sum", "review", step] > 0
        assert found["partywall_step_seconds_bucket", "review", step, "+Inf"] == 1
    calls = {key[1:]: value for key, value in found.items() if key[0] == "partywall_github_calls_total"}
    assert calls == {("token", "ok"): 1, ("query", "ok"): 2, ("read", "ok"): 1, ("write", "ok"): 3}
    assert 4_000 < found["partywall_github_limit_left", "core"] < 5_000
    assert found["partywall_delivery_seconds_count",] >= 1
    text = exposition(redis).decode()
    assert "octo" not in text
    assert "alice" not in text


def test_workers_that_are_processes_of_their_own_count_together(tmp_path: Path, descriptions: Descriptions) -> None:
    with open_bot(tmp_path, descriptions) as bot:
        shop = bot.github.create_repository("octo/shop", BASE)
        for branch in ("one", "two", "three"):
            shop.push(branch, CHANGE)
        pulls = [shop.open_pull(branch) for branch in ("one", "two", "three")]
        bot.workers(2)
        wait_for_reviews(bot, *pulls)
        redis = bot.shop.tasks.redis
        wait_for(lambda: samples(redis).get(("partywall_tasks_total", "review", "done")) == 3)
        wait_for(lambda: counted(redis, "partywall_disk_bytes"))
        found = samples(redis)
        assert found["partywall_reviews_total", "reviewed"] == 3
        assert found["partywall_step_seconds_count", "review", "github"] >= 3
        assert found["partywall_workers",] == 2
        assert found["partywall_disk_bytes", socket.gethostname(), "free"] > 0


def test_each_finding_counts_once_for_each_thing_that_becomes_of_it(stage: Stage) -> None:
    redis = stage.bot.shop.tasks.redis
    contract, copy = "boundaries/contract", "duplication/copy"
    pull = stage.open()
    expected = {(contract, "commented"): 1, (copy, "commented"): 1}
    assert counted(redis, "partywall_findings_total") == expected
    stage.push(pull, HARMLESS)
    assert counted(redis, "partywall_findings_total") == expected
    stage.reply(pull, comment_on(pull, MESSAGES), "/partywall accept it is meant")
    stage.push(pull, {"shop/core/other.py": "X = 1\n"})
    expected |= {(copy, "accepted"): 1}
    assert counted(redis, "partywall_findings_total") == expected
    for files in (FIX, {**CHANGE, MESSAGES: None}, FIX):
        stage.push(pull, files)
    expected |= {(contract, "fixed"): 1}
    assert counted(redis, "partywall_findings_total") == expected


def test_what_github_answered_is_counted(stage: Stage) -> None:
    redis = stage.bot.shop.tasks.redis
    stage.shop.push("topic", CHANGE)
    stage.shop.open_pull("topic")
    stage.github.fail(Fault(("GET", "/compare/"), status=403, message="No", headers={"Retry-After": "9"}))
    stage.finish()
    calls = counted(redis, "partywall_github_calls_total")
    assert (calls["read", "limited"], calls["read", "ok"]) == (1, 1)
    assert counted(redis, "partywall_tasks_total")["review", "limited"] == 1


def test_handing_over_takes_one_round_trip(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally()
    for number in range(300):
        tally.once("42-3", f"finding{number}", "partywall_findings", "duplication/copy", "commented")
        tally.left("core", str(number), "4000", str(int(time.time()) + 60))
    for step in ("fetch", "read", "rules", "github"):
        tally.spend(step, 0.3)
    tally.end_task("review", "done")
    tally.key(refused="")
    sent: list[object] = []
    send = AbstractConnection.send_packed_command

    def counted_send(connection: AbstractConnection, command: object, check_health: bool = True) -> None:
        sent.append(command)
        send(connection, command, check_health)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted_send)
    tally.hand_over(redis)
    assert len(sent) == 1
    tally.hand_over(redis)
    assert len(sent) == 1
    assert counted(redis, "partywall_findings_total") == {("duplication/copy", "commented"): 300}


def test_many_count_together(redis: Redis) -> None:
    def work() -> None:
        own = Tally()
        for _ in range(50):
            own.count("partywall_reviews", "reviewed")
            shared.count("partywall_reviews", "reviewed")
            own.observe("partywall_delivery_seconds", 0.02)
            own.hand_over(redis)
            shared.hand_over(redis)

    shared = Tally()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = samples(redis)
    assert found["partywall_reviews_total", "reviewed"] == 400
    assert found["partywall_delivery_seconds_count",] == 200
    assert found["partywall_delivery_seconds_sum",] == pytest.approx(4)
    assert found["partywall_delivery_seconds_bucket", "0.01"] == 0
    assert found["partywall_delivery_seconds_bucket", "0.025"] == 200


def test_what_cannot_be_handed_over_is_kept(tmp_path: Path, redis: Redis) -> None:
    tally = Tally()
    with queue_server(tmp_path / "queue") as url:
        gone = Redis.from_url(url)
    tally.count("partywall_reviews", "reviewed")
    tally.observe("partywall_delivery_seconds", 0.02)
    tally.hand_over(gone)
    tally.count("partywall_reviews", "reviewed")
    tally.hand_over(redis)
    assert counted(redis, "partywall_reviews_total") == {("reviewed",): 2}
    assert counted(redis, "partywall_delivery_seconds_sum") == {(): 0.02}


def test_what_the_queue_holds(redis: Redis) -> None:
    tasks = Tasks(redis, Limits(per_tenant=1))
    for number in range(3):
        tasks.put(Task(f"review-{number}", REVIEWS, "bot.jobs.review", (), tenant="7"))
    tasks.put(Task("warm-1", UPKEEP, "bot.jobs.warm", ()))
    redis.hset("rq:job:warm-1", "enqueued_at", "2020-01-01T00:00:00.000000Z")
    found = samples(redis)
    assert found["partywall_workers",] == 0
    assert found["partywall_queue_tasks", "reviews", "waiting"] == 1
    assert found["partywall_queue_tasks", "reviews", "held back"] == 2
    assert found["partywall_queue_tasks", "upkeep", "waiting"] == 1
    assert found["partywall_queue_age_seconds", "upkeep"] > 86_400
    assert found["partywall_queue_age_seconds", "reviews"] < 60
    assert found["partywall_queue_age_seconds", "commands"] == 0


def test_limits_that_were_renewed_are_forgotten(redis: Redis) -> None:
    tally, now = Tally(), int(time.time())
    for owner, remaining, until in (("1", 4000, now + 60), ("2", 70, now + 60), ("3", 2, now - 60)):
        tally.left("core", owner, str(remaining), str(until))
    tally.left("graphql", "1", "", "")
    tally.hand_over(redis)
    for _ in range(2):
        assert counted(redis, "partywall_github_limit_left") == {("core",): 70}


def test_disks_of_machines_that_are_gone_are_forgotten(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = tmp_path / "mirrors" / "7.git"
    mirror.mkdir(parents=True)
    (mirror / "pack").write_bytes(bytes(5_000))
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "facts.db").write_bytes(bytes(300))
    monkeypatch.setattr("socket.gethostname", lambda: "one")
    note_disk(redis, tmp_path)
    sizes = counted(redis, "partywall_disk_bytes")
    assert (sizes["one", "mirrors"], sizes["one", "facts"]) == (5_000, 300)
    assert sizes["one", "free"] > 0
    later = time.time() + 3_600
    monkeypatch.setattr("time.time", lambda: later)
    assert counted(redis, "partywall_disk_bytes") == {}


def test_labels_that_strangers_choose_are_not_taken_over(redis_url: str, redis: Redis) -> None:
    client = browser(redis_url)
    body = b"{}"
    for event, changed in (("made-up", {}), ("pull_request", {"X_Hub_Signature_256": "sha256=no"}), ("ping", {})):
        client.post("/webhook", data=body, headers=headers(event, body, **changed))
    assert counted(redis, "partywall_deliveries_total") == {
        ("other", "nothing to do"): 1,
        ("unknown", "unsigned"): 1,
        ("ping", "nothing to do"): 1,
    }


def test_the_metrics_are_closed_without_a_token(redis_url: str, redis: Redis) -> None:
    closed = metrics_of(browser(redis_url), "Bearer ")
    assert (closed.status_code, "PARTYWALL_METRICS_TOKEN" in closed.text) == (404, True)
    client = browser(redis_url, PARTYWALL_METRICS_TOKEN=TOKEN)
    for wrong in (
        None,
        "",
        "Bearer",
        f"Bearer {TOKEN} ".replace("token", "Token"),
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}é",
    ):
        refused = metrics_of(client, wrong)
        assert (refused.status_code, "partywall_" in refused.text) == (401, False)
    shown = metrics_of(client, f"Bearer {TOKEN}")
    assert shown.status_code == 200
    assert shown.mimetype == "text/plain"
    assert {family.name for family in text_string_to_metric_families(shown.text)} == set(METRICS)


def test_ready_while_the_queue_answers(tmp_path: Path) -> None:
    with queue_server(tmp_path / "queue") as url:
        client = browser(url, PARTYWALL_METRICS_TOKEN=TOKEN)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.text) == (200, "ready\n")
    for path in ("/readyz", "/metrics"):
        answer = client.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
        assert (answer.status_code, "the queue does not answer" in answer.text) == (503, True), path
    assert client.get("/healthz").status_code == 200


def test_not_ready_with_a_key_that_does_not_sign(redis_url: str) -> None:
    settings = replace(load(environ(redis_url)), private_key="-----BEGIN RSA PRIVATE KEY-----\nno\n-----END")
    answer = create_app(settings).test_client().get("/readyz")
    assert answer.status_code == 503
    assert "PARTYWALL_PRIVATE_KEY cannot be used to sign" in answer.text


def test_not_ready_while_github_refuses_the_key(stage: Stage) -> None:
    client = create_app(stage.bot.settings).test_client()
    stage.github.fail(Fault(("POST", "/access_tokens$"), status=401, message="Bad credentials"))
    stage.open()
    answer = client.get("/readyz")
    assert (answer.status_code, "GitHub does not accept our credentials (401)" in answer.text) == (503, True)
    stage.finish()
    assert client.get("/readyz").status_code == 200


QUERY_WORDS = re.compile(r"\bpartywall_\w+")


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    dashboard = json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = [name for query in queries for name in QUERY_WORDS.findall(query)]
    assert len(queries) >= 12
    assert set(asked) <= NAMES
    assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in asked} == set(METRICS)
    for query in queries:
        metric = METRICS[re.sub(r"_(total|bucket|sum|count)$", "", QUERY_WORDS.findall(query)[0])]
        grouped = {label for group in re.findall(r"by \(([^)]*)\)", query) for label in group.split(", ")}
        assert grouped | set(re.findall(r"(\w+)!?=\"", query)) <= {*metric.labels, "le"}, query


def test_every_metric_is_documented() -> None:
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(partywall_\w+)` \| ([^|]*?) ?\|", text, re.MULTILINE))
    named = {name + SUFFIXES[metric.kind][0].replace("_bucket", ""): metric for name, metric in METRICS.items()}
    assert rows == {name: ", ".join(f"`{label}`" for label in metric.labels) for name, metric in named.items()}
    assert set(QUERY_WORDS.findall(text)) <= NAMES | set(named)
