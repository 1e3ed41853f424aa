"""Log, notifications and metrics of a run: they say what happened, without secrets, and never hold up trading."""

import json
import logging
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from mas import secrecy
from nl2strat.deploy.happenings import Happening, Kind, Watchers
from nl2strat.deploy.logs import NAME, Log
from nl2strat.deploy.notify import Notifier, addresses
from nl2strat.deploy.prometheus import Metrics
from nl2strat.errors import UsageError


def lines(folder):
    return [json.loads(line) for line in (folder / NAME).read_text().splitlines()]


def test_the_log_has_a_json_object_for_each_happening_and_each_line_of_the_program(tmp_path):
    log = Log(tmp_path, "4f7k")
    log.tell(Happening(Kind.OPENED, "long 0.1 EURUSD", {"price": 1.1}))
    log.tell(Happening(Kind.TROUBLE, "the terminal does not answer"))
    logging.getLogger("mas").warning("order refused (%d)", 10016)
    log.close()
    logging.getLogger("mas").warning("after the end")
    first, second, third = lines(tmp_path)
    assert (first["kind"], first["text"], first["run"], first["data"]) == (
        "opened", "long 0.1 EURUSD", "4f7k", {"price": 1.1},
    )  # fmt: skip
    assert (second["level"], third["kind"], third["text"]) == ("error", "log", "order refused (10016)")


def test_no_secret_reaches_the_log_not_even_in_a_traceback(tmp_path):
    secret = secrecy.keep('pa"ss wörd\\1')
    log = Log(tmp_path, "x")
    try:
        raise ValueError(f"login failed with {secret}")
    except ValueError:
        logging.getLogger("mas").exception("password=%s", secret)
    log.tell(Happening(Kind.TROUBLE, f"no: {secret}", {"given": secret}))
    log.close()
    text = (tmp_path / NAME).read_text()
    assert secret not in text
    assert json.dumps(secret)[1:-1] not in text
    assert text.count(secrecy.HIDDEN) >= 4


def test_a_watcher_that_fails_is_left_out_and_the_others_go_on(tmp_path):
    class Broken:
        def tell(self, happening):
            raise RuntimeError("no")

        def close(self):
            raise RuntimeError("no")

    log = Log(tmp_path, "x")
    watchers = Watchers(Broken(), log)
    watchers.say(Kind.STARTED, "begun")
    watchers.say(Kind.STOPPED, "over")
    watchers.close()
    texts = [line["text"] for line in lines(tmp_path)]
    assert [t for t in texts if t in ("begun", "over")] == ["begun", "over"]
    assert sum("watches no more" in t for t in texts) == 1


class Hook(BaseHTTPRequestHandler):
    """A webhook that keeps what it is sent, slowly if it is told so."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.pause.wait(5.0)
        self.server.got.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook():
    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.got, server.pause = [], threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.pause.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_notifications_go_out_beside_the_run_which_never_waits(hook):
    notifier = Notifier([f"json://127.0.0.1:{hook.server_port}/token1234"], "nl2strat")
    begin = time.monotonic()
    for number in range(300):  # a storm, while the service does not answer
        notifier.tell(Happening(Kind.GUARD, f"daily loss {number}"))
        notifier.tell(Happening(Kind.BAR, "not sent"))
    assert time.monotonic() - begin < 1.0
    hook.pause.set()
    notifier.close()
    text = "\n".join(message["message"] for message in hook.got)
    assert "daily loss 0" in text
    assert "more messages were not sent" in text
    assert "not sent\nnot sent" not in text
    assert len(hook.got) < 20


def test_addresses_come_from_the_environment_and_become_secrets():
    [place] = addresses({"NL2STRAT_NOTIFY": " tgram://123:abcdef/42 "})
    assert place == "tgram://123:abcdef/42"
    assert "abcdef" not in secrecy.conceal(f"failed: {place}")


def test_an_address_that_apprise_does_not_know_is_told_without_its_token():
    with pytest.raises(UsageError, match="does not know") as told:
        Notifier(["nosuch://verysecrettoken@host"], "x")
    assert "verysecrettoken" not in str(told.value)


def test_metrics_are_served_and_the_port_is_given_back():
    metrics = Metrics(0, {"strategy": "Rising", "run": "4f7k"})
    metrics.tell(Happening(Kind.STARTED, "begun", {"equity": 10_000.5}))
    metrics.tell(Happening(Kind.GUARD, "no"))

    def page():
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics", timeout=5) as answer:
            return answer.read().decode()

    text = page()
    assert 'nl2strat_equity{run="4f7k",strategy="Rising"} 10000.5' in text
    assert 'nl2strat_state{run="4f7k",strategy="Rising"} 1.0' in text
    assert 'kind="guard",run="4f7k",strategy="Rising"} 1.0' in text
    with pytest.raises(UsageError, match="cannot be used"):
        Metrics(metrics.port, {"run": "other"})
    metrics.close()
    with pytest.raises(OSError, match="refused"):
        page()
