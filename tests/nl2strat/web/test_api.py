"""The HTTP API from end to end, on one server with real workers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the page is not installed (nl2strat[ui])")

from fastapi.testclient import TestClient

from mas.data import sample_bars
from nl2strat.web.api import EXAMPLES
from nl2strat.web.judging import FILE
from nl2strat.web.server import application
from nl2strat.web.services import Services
from nl2strat.web.work import Work

TEXT = (
    "Buy when RSI crosses below 30 and close below the 50 moving average. Exit when RSI crosses above 60. Stop 50 pips."
)
API = "/api/v1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("home")
        patch.setenv("NL2STRAT_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def api(home: Path) -> Iterator[TestClient]:
    with TestClient(application(Services(home, Work(spare=1)))) as client:
        yield client


@pytest.fixture(scope="module")
def stored(api: TestClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Data in the store: made-up prices, which nothing says of the file."""
    bars = sample_bars("EURUSD", "H1", 3000)
    lines = ["time,open,high,low,close,volume"]
    for i in range(len(bars)):
        moment = time.strftime("%Y-%m-%d %H:%M", time.gmtime(int(bars.time[i])))
        prices = ",".join(f"{getattr(bars, n).values[i]:.5f}" for n in ("open", "high", "low", "close"))
        lines.append(f"{moment},{prices},100")
    file = ("EURUSD_H1.csv", "\n".join(lines).encode(), "text/csv")
    answer = api.post(f"{API}/data", files={"file": file}, data={"timezone": "Europe/Athens"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["name"])


def ended(api: TestClient, run: str) -> dict[str, Any]:
    for _ in range(600):
        state: dict[str, Any] = api.get(f"{API}/runs/{run}").json()
        if state["status"] != "running":
            return state
        time.sleep(0.1)
    raise AssertionError("the backtest does not end")


def started(api: TestClient, **spec: Any) -> str:
    answer = api.post(f"{API}/runs", json={"spec": {"text": TEXT, **spec}})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


@pytest.fixture(scope="module")
def run(api: TestClient, stored: str) -> str:
    number = started(api, data={"source": stored})
    state = ended(api, number)
    assert state["status"] == "done", state["error"]
    return number


# ------------------------------------------------------------------ reading


def test_health(api: TestClient) -> None:
    assert api.get(f"{API}/health").json()["status"] == "ok"


def test_a_text_is_read_with_everything_the_page_shows(api: TestClient) -> None:
    found = api.post(f"{API}/understand", json={"text": TEXT}).json()
    assert found["status"] == "understood"
    texts = {"text": TEXT, "dsl": found["dsl"], "english": found["english"], "python": found["python"]}
    entry = next(rule for rule in found["rules"] if rule["kind"] == "entry")
    said = {name: [text[r["start"] : r["end"]] for r in entry[name]] for name, text in texts.items()}
    assert "RSI crosses below 30" in said["text"]
    assert "Stop 50 pips" in said["text"]
    assert "Exit" not in said["text"]
    assert said["dsl"][0].startswith("enter long when")
    assert said["dsl"][0].endswith("end")
    assert said["english"][0].startswith("Buys at the next open when")
    assert any(piece.startswith("def enter_long") for piece in said["python"])
    leaving = next(rule for rule in found["rules"] if rule["kind"] == "exit")
    assert [TEXT[r["start"] : r["end"]] for r in leaving["text"]] == ["Exit", "when", "RSI crosses above 60"]
    for span in found["spans"]:
        assert TEXT[span["start"] : span["end"]] == span["text"]


def test_what_an_assumption_could_have_been_is_what_the_reader_would_do(api: TestClient) -> None:
    found = api.post(f"{API}/understand", json={"text": TEXT}).json()
    average = next(one for one in found["assumptions"] if "simple one" in one["text"])
    assert TEXT[average["start"] : average["end"]] == "moving average"
    choice = next(one for one in average["choices"] if one["label"].startswith("EMA"))
    again = api.post(f"{API}/understand", json={"text": choice["text"]}).json()
    assert "ema(close" in again["dsl"]
    assert average["text"] not in [one["text"] for one in again["assumptions"]]


def test_a_question_has_readings_and_on_data_their_trades(api: TestClient, stored: str) -> None:
    text = "Buy when RSI(14) crosses below 30. Stop 50, target 100."
    plain = api.post(f"{API}/understand", json={"text": text}).json()
    assert plain["status"] == "question"
    assert len(plain["readings"]) == 2
    assert not plain["priced"]
    priced = api.post(f"{API}/understand", json={"text": text, "options": {"data": {"source": stored}}}).json()
    assert priced["priced"]
    assert priced["readings"][0]["trades"] > 0
    options = {"reading": plain["readings"][0]["text"]}
    chosen = api.post(f"{API}/understand", json={"text": text, "options": options}).json()
    assert chosen["status"] == "understood"
    assert "pips" in chosen["dsl"]


def test_what_is_not_understood_is_named(api: TestClient) -> None:
    found = api.post(f"{API}/understand", json={"text": "Buy when the moon wobbles. Stop 50 pips."}).json()
    assert found["status"] == "question"
    assert "moon" in found["not_understood"][0]["text"]


def test_errors_of_a_program_have_their_place(api: TestClient) -> None:
    dsl = 'strategy "x"\nenter long when foo(3) > 2\nend\nend strategy\n'
    found = api.post(f"{API}/check", json={"dsl": dsl}).json()
    assert found["status"] == "error"
    problem = found["problems"][0]
    assert (problem["line"], dsl[problem["start"] : problem["end"]]) == (2, "foo(3)")


def test_inputs_are_other_numbers_in_the_same_strategy(api: TestClient) -> None:
    options = {"inputs": {"rsi_length": 21}, "choices": False}
    found = api.post(f"{API}/understand", json={"text": TEXT, "options": options}).json()
    assert "input rsi_length = 21" in found["dsl"]
    assert "21-bar" in found["english"]
    options = {"inputs": {"nonsense": 1}}
    refused = api.post(f"{API}/understand", json={"text": TEXT, "options": options})
    assert refused.status_code == 400
    assert "rsi_length" in refused.json()["errors"][0]["message"]


def test_the_examples_are_understood(api: TestClient) -> None:
    assert api.get(f"{API}/examples").json()[0]["text"] == EXAMPLES[0][1]
    for _, text in EXAMPLES:
        found = api.post(f"{API}/understand", json={"text": text, "options": {"choices": False}}).json()
        assert found["status"] == "understood", (text, found["questions"])


@pytest.mark.parametrize(("text", "says"), [("", "empty"), ("x" * 200_001, "longer than")])
def test_a_text_that_cannot_be_one(api: TestClient, text: str, says: str) -> None:
    refused = api.post(f"{API}/understand", json={"text": text})
    assert refused.status_code == 400
    assert says in refused.json()["errors"][0]["message"]


def test_wrong_requests_are_told_what_is_wrong(api: TestClient) -> None:
    refused = api.post(f"{API}/understand", json={"txt": "x"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["message"].startswith("text:")


# ------------------------------------------------------------------ backtests


def test_a_backtest_has_a_summary_a_chart_and_trades(api: TestClient, run: str) -> None:
    state = api.get(f"{API}/runs/{run}").json()
    summary = state["summary"]
    assert summary["data"]["bars"] == 3000
    assert summary["trade_count"] == summary["metrics"]["trades"] > 0
    window = api.get(f"{API}/runs/{run}/window", params={"width": 100}).json()
    assert (window["start"], window["end"], window["step"], window["bars"]) == (0, 3000, 32, 3000)
    assert {line["name"]: line["pane"] for line in window["lines"]} == {"rsi(14)": "own", "sma(close, 50)": "price"}
    trades = api.get(f"{API}/runs/{run}/trades", params={"sort": "net", "down": True, "size": 5}).json()
    nets = [row["net"] for row in trades["rows"]]
    assert nets == sorted(nets, reverse=True)
    assert trades["of"] == summary["trade_count"]
    lines = api.get(f"{API}/runs/{run}/trades.csv").text.splitlines()
    assert len(lines) == summary["trade_count"] + 1
    assert "class " in api.get(f"{API}/runs/{run}/strategy.py").text
    assert run in [one["id"] for one in api.get(f"{API}/runs").json()]


def test_why_and_the_report(api: TestClient, run: str) -> None:
    bar = api.get(f"{API}/runs/{run}/trades").json()["rows"][0]["entry_bar"]
    why = api.post(f"{API}/runs/{run}/why", json={"bar": bar - 1}).json()
    assert why["bar"] == bar - 1
    assert why["rules"][0]["title"] == "enter long"
    assert why["rules"][0]["clauses"][0]["truth"] is True
    report = api.get(f"{API}/runs/{run}/report.html")
    assert report.text.lstrip().lower().startswith("<!doctype html")
    assert "attachment" in report.headers["content-disposition"]


def test_the_report_has_the_checks_that_the_page_shows(api: TestClient, run: str, home: Path) -> None:
    """Those of the run itself; once all of them were run, these, word for word."""
    shown = api.get(f"{API}/runs/{run}").json()["summary"]["robustness"]
    report = api.get(f"{API}/runs/{run}/report.html").text
    assert shown["verdict"]["head"] in report
    assert "to run them" in report
    late = {
        "name": "delay",
        "title": "One bar late",
        "stand": "doubt",
        "text": "It makes 3.",
        "reason": "R.",
        "values": {},
    }
    all_of_it = {**shown, "checks": [*shown["checks"], late], "not_run": []}
    folder = next(home.glob(f"**/{run}"))
    (folder / FILE).write_text(json.dumps(all_of_it), encoding="utf-8")
    report = api.get(f"{API}/runs/{run}/report.html").text
    assert "It makes 3." in report
    assert "to run them" not in report
    (folder / FILE).unlink()


def test_a_difference(api: TestClient, stored: str) -> None:
    data = {"source": stored}
    other = {"text": TEXT.replace("below 30", "below 35"), "data": data}
    found = api.post(f"{API}/diff", json={"first": {"text": TEXT, "data": data}, "second": other}).json()
    assert [line["text"] for line in found["language"] if line["sign"] == "+"]
    assert found["trades"]["added"]
    assert "same" in found["summary"]


def test_a_backtest_that_cannot_be_is_a_failed_one(api: TestClient) -> None:
    state = ended(api, started(api, text="Buy when the moon wobbles."))
    assert state["status"] == "failed"
    assert state["error"]["status"] == "needs_clarification"
    state = ended(api, started(api, data={"source": "nothing_like_it"}))
    assert "no data called" in state["error"]["errors"][0]["message"]


def test_cancelled_and_run_again(api: TestClient) -> None:
    number = started(api, data={"bars": 2_000_000})
    state = api.post(f"{API}/runs/{number}/cancel").json()
    assert state["status"] == "cancelled"
    assert api.get(f"{API}/runs/{number}/window").status_code == 400
    again = api.post(f"{API}/runs/{number}/again").json()
    assert again["id"] != number
    assert again["spec"] == state["spec"]
    assert api.post(f"{API}/runs/{again['id']}/cancel").json()["status"] == "cancelled"
    assert api.delete(f"{API}/runs/{number}").status_code == 204
    assert api.get(f"{API}/runs/{number}").status_code == 404


@pytest.mark.parametrize("number", ["000000000000", "..", "%2e%2e%2f%2e%2e", "a" * 500, "<script>"])
def test_ids_lead_nowhere_else(api: TestClient, number: str) -> None:
    assert api.get(f"{API}/runs/{number}").status_code in (404, 405)
    assert api.get(f"{API}/data/{number}").status_code in (404, 405)


# ------------------------------------------------------------------ drafts, library, data, deployments


def test_a_draft_comes_back_and_two_tabs_do_not_overwrite_each_other(api: TestClient) -> None:
    draft = api.post(f"{API}/drafts").json()
    address = f"{API}/drafts/{draft['id']}"
    first = api.put(address, json={**draft, "text": TEXT, "inputs": {"rsi_length": 9}, "costs": {"deposit": 500}})
    assert first.status_code == 200
    assert api.get(address).json() == first.json()
    assert first.json()["title"].startswith("Buy when RSI")
    second = api.put(address, json={**draft, "text": "another"})
    assert second.status_code == 409
    assert api.get(address).json()["text"] == TEXT
    api.delete(address)
    assert api.get(address).json()["text"] == ""


def test_versions_are_kept_and_go_into_one_file_and_back(api: TestClient, home: Path) -> None:
    kept = api.post(f"{API}/versions", json={"text": TEXT, "note": "the first"}).json()
    assert api.post(f"{API}/versions", json={"text": TEXT}).json()["id"] == kept["id"]
    whole = api.get(f"{API}/versions/{kept['id']}").json()
    assert whole["english"] == TEXT
    file = api.get(f"{API}/strategies/{kept['strategy']}/export").json()
    assert api.post(f"{API}/strategies/import", json=file).status_code == 409, "never over one of its name"
    back = api.post(f"{API}/strategies/import?same_name=add", json=file).json()
    assert [one["id"] for one in back["versions"]] == [kept["id"]], "what is there is not added again"
    other = api.post(f"{API}/strategies/import?same_name=new", json=file).json()
    assert other["strategy"] != kept["strategy"]
    api.delete(f"{API}/strategies/{other['id']}")
    assert back["versions"][-1]["python_sha256"] == kept["python_sha256"]
    assert api.post(f"{API}/strategies/import", json={"nl2strat": 99}).status_code == 400
    file["versions"][0]["dsl"] = "import os"
    assert api.post(f"{API}/strategies/import", json=file).status_code == 422
    assert api.get(f"{API}/versions/99999").status_code == 404


def test_the_store_says_what_it_has(api: TestClient, stored: str) -> None:
    entry = api.get(f"{API}/data/{stored}").json()
    assert (entry["symbol"], entry["timeframe"], entry["bars"], entry["timezone"]) == (
        "EURUSD",
        "H1",
        3000,
        "Europe/Athens",
    )
    assert stored in [one["name"] for one in api.get(f"{API}/data").json()]
    bad = api.post(f"{API}/data", files={"file": ("../../evil.csv", b"time,open\nnonsense,1\n", "text/csv")})
    assert bad.status_code == 422
    assert api.post(f"{API}/data", files={"file": ("x.csv", b"", "text/csv")}).status_code == 422


def test_from_the_checklist_to_paper_and_the_kill(api: TestClient, run: str, stored: str) -> None:
    options = {"data": {"source": stored}}
    given = {"text": TEXT, "options": options}
    before = api.post(f"{API}/checklist", json=given).json()
    assert {c["key"]: c["ok"] for c in before["checks"]} == {"understood": True, "backtested": True, "approved": False}
    refused = api.post(f"{API}/deployments", json={**given, "replay": stored})
    assert "approved" in refused.json()["errors"][0]["message"]
    stale = api.post(f"{API}/approvals", json={**given, "who": "Ada", "python_sha256": "0" * 64})
    assert stale.status_code == 400
    approval = api.post(
        f"{API}/approvals", json={**given, "who": "Ada", "python_sha256": before["python_sha256"]}
    ).json()
    assert api.post(f"{API}/checklist", json=given).json()["ready"]
    begun = api.post(f"{API}/deployments", json={**given, "replay": stored, "speed": 3600, "timezone": "Europe/Athens"})
    assert begun.status_code == 201, begun.text
    number = begun.json()["run"]
    assert begun.json()["strategy"]
    told = api.post(f"{API}/kill", json={"reason": "a test"}).json()["told"]
    assert any(number in line for line in told)
    assert api.get(f"{API}/killed").json() == {"killed": True}
    for _ in range(300):
        state = api.get(f"{API}/deployments/{number}").json()
        if not state["alive"]:
            break
        time.sleep(0.1)
    assert not state["alive"]
    assert state["state"] == "killed"
    assert api.get(f"{API}/deployments/{number}/log").json()
    assert api.post(f"{API}/release").json()["told"]
    assert api.delete(f"{API}/approvals/{approval['id']}").json()["revoked"]
    assert api.get(f"{API}/deployments/nothing").status_code == 404


# ------------------------------------------------------------------ the document


def test_the_document_describes_everything(api: TestClient) -> None:
    document = api.get(f"{API}/openapi.json").json()
    for path, methods in document["paths"].items():
        assert path.startswith(API), path
        for method, operation in methods.items():
            assert operation.get("summary"), (method, path)
            assert operation.get("description"), (method, path)
    assert "Understood" in document["components"]["schemas"]
