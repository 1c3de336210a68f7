"""Checks of the way from GitHub to us: the webhook as GitHub has it, whether it is reached, and what was delivered."""

from __future__ import annotations

import re
from typing import Any

import requests
from requests.exceptions import RequestException

from bot import credentials
from bot.doctor.patient import Patient, Verdict
from bot.manifest import app_page, webhook_of
from bot.settings import has_credentials

_SECONDS = 10


def webhook(patient: Patient) -> Verdict:
    """Whether GitHub delivers to the right place, in the form that we take."""
    hook, page = patient.hook, app_page(patient.web, patient.app)
    url, wanted = str(hook.get("url") or ""), patient.with_app.url and webhook_of(patient.with_app.url)
    shown = _without_login(url)
    if not url:
        where = wanted or "https://YOUR-HOST/webhook"
        return Verdict("fail", "GitHub delivers nowhere", f"set the Webhook URL on {page} to {where}")
    if wanted and url != wanted:
        return Verdict("fail", f"GitHub delivers to {shown}", f"set it to {wanted} on {page}, or correct PARTYWALL_URL")
    if hook.get("content_type") != "json":
        says = f"GitHub delivers as {hook.get('content_type')}, which is refused"
        return Verdict("fail", says, f"set the content type to application/json on {page}")
    if str(hook.get("insecure_ssl", "0")) == "1":
        return Verdict(
            "note", f"GitHub does not look at the certificate of {shown}", f"enable SSL verification on {page}"
        )
    return Verdict("ok", f"GitHub delivers to {shown}")


def reach(patient: Patient) -> Verdict:
    """Whether the webhook's server answers; from here, else from GitHub."""
    base = str(patient.hook.get("url") or "").removesuffix("/webhook")
    try:
        answer = requests.get(f"{base}/healthz", timeout=_SECONDS, allow_redirects=False)
        what = f"answers {answer.status_code}" if answer.status_code != 200 or "alive" not in answer.text else ""
    except (RequestException, ValueError) as error:
        what = f"does not answer from here ({type(error).__name__})"
    base = _without_login(base)
    if not what:
        return Verdict("ok", f"{base} answers")
    if patient.deliveries and _is_taken(patient.deliveries[0]):
        return Verdict("ok", f"GitHub reaches {base}, which {what}")
    return Verdict(
        "fail", f"{base}/healthz {what}", "start `partywall serve`, and lead that address to it, without sign-in"
    )


def deliveries(patient: Patient) -> Verdict:
    """What became of the newest deliveries."""
    found = patient.deliveries
    if not found:
        install = f"{patient.app['html_url']}/installations/new"
        return Verdict("note", "nothing was delivered yet", f"install the App ({install}) or open a pull request")
    newest, failed = found[0], [each for each in found if not _is_taken(each)]
    page = app_page(patient.web, patient.app, "advanced")
    if newest in failed:
        says = f"the newest ({newest['event']}, {newest['delivered_at']}) failed: {newest['status']}"
        return Verdict("fail", says, _mend(patient, int(newest["status_code"]), page))
    if failed:
        says = f"the newest was taken; of the last {len(found)}, {len(failed)} failed ({failed[0]['status']})"
        return Verdict("note", says, f"deliver them again on {page}")
    return Verdict("ok", f"the last {len(found)} were taken, the newest ({newest['event']}) {newest['delivered_at']}")


def _without_login(url: str) -> str:
    """An address as it may be shown: a name and a password before the host are left out."""
    return re.sub(r"//[^/@]*@", "//…@", url)


def _is_taken(delivery: dict[str, Any]) -> bool:
    return 200 <= int(delivery["status_code"]) < 300


def _mend(patient: Patient, status: int, page: str) -> str:
    """What to do about a delivery that ended with a status."""
    if status == 401:
        ours = (
            "PARTYWALL_WEBHOOK_SECRET" if has_credentials(patient.environ) else str(credentials.file_in(patient.data))
        )
        general = app_page(patient.web, patient.app)
        return f"the webhook's secret differs: set it on {general} (Webhook secret) and in {ours} to the same"
    known = {
        0: "GitHub does not reach the address: look at DNS, the firewall and the certificate",
        404: "the address leads elsewhere: it must end in /webhook, behind the proxy, too",
        415: "set the content type to application/json among the App's settings",
        503: "the queue's server did not answer then: see what is said of it",
    }
    return f"{known.get(status, 'see the answer, and our log')}; then deliver again on {page}"
