"""The real client: one request through the `openai` package, and every way it can fail in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from nl2strat.translate.llm.answers import read_chat, read_response
from nl2strat.translate.llm.keys import NO_KEY, Secret, host_of, is_near
from nl2strat.translate.llm.messages import Reply, Request
from nl2strat.translate.llm.settings import ModelSettings
from nl2strat.translate.llm.streams import Tell, read_chat_stream, read_response_stream
from nl2strat.translate.llm.troubles import (
    Declined,
    ModelTrouble,
    NoSuchApi,
    NotConfigured,
    Rejected,
    ServerFault,
    TooBusy,
    TooSlow,
    UnknownModel,
    Unreachable,
    Unreadable,
    WrongKey,
)  # fmt: skip
from nl2strat.translate.llm.ways import Way

NO_PACKAGE = "asking a model needs the openai package: pip install 'nl2strat[model]'; --translator offline needs none"


class LiveExchange:
    """Asks the configured endpoint. `tell` hears how much of an answer has come."""

    def __init__(self, settings: ModelSettings, key: Secret, tell: Tell = lambda _: None) -> None:
        """Raises: NotConfigured: no openai package."""
        try:
            import httpx2
            import openai
        except ImportError:
            raise NotConfigured(NO_PACKAGE) from None
        self._settings, self._key, self._tell = settings, key, tell
        times = settings.timeouts
        read = times.silence if settings.stream else times.total
        self._client: Any = openai.OpenAI(
            api_key=key.value,
            base_url=settings.base_url,
            max_retries=settings.retries,
            timeout=httpx2.Timeout(times.total, connect=times.connect, read=read),
        )

    def ask(self, request: Request, way: Way) -> Reply:
        """The whole answer, without the key if it holds that; one that broke off in the middle is asked for once more.

        Raises: ModelTrouble.
        """
        reply = self._twice(request, way) if self._settings.retries else self._ask(request, way)
        return replace(reply, text=self._key.hide(reply.text))

    def _twice(self, request: Request, way: Way) -> Reply:
        try:
            return self._ask(request, way)
        except Unreadable:
            return self._ask(request, way)

    def _ask(self, request: Request, way: Way) -> Reply:
        streams = self._settings.stream and way.streams
        with self._in_our_words():
            if way.api == "responses":
                return self._responses(request, way, streams)
            return self._chat(request, way, streams)

    def _responses(self, request: Request, way: Way, streams: bool) -> Reply:
        settings = self._settings
        fields: dict[str, Any] = {
            "model": settings.model,
            "instructions": request.instructions,
            "input": [{"role": turn.role, "content": turn.text} for turn in request.turns],
            "max_output_tokens": settings.max_tokens,
            "store": False,
            **_held(request, way),
        }
        if settings.effort:
            fields["reasoning"] = {"effort": settings.effort}
        if settings.temperature is not None:
            fields["temperature"] = settings.temperature
        if streams:
            with self._client.responses.create(**fields, stream=True) as events:
                return read_response_stream(events, settings.timeouts.total, self._tell)
        return read_response(_plain(self._client.responses.create(**fields)))

    def _chat(self, request: Request, way: Way, streams: bool) -> Reply:
        settings = self._settings
        limit = "max_completion_tokens" if "openai.com" in host_of(settings.base_url) else "max_tokens"
        fields: dict[str, Any] = {
            "model": settings.model,
            "messages": [
                {"role": "system", "content": request.instructions},
                *({"role": turn.role, "content": turn.text} for turn in request.turns),
            ],
            limit: settings.max_tokens,
            **_held(request, way),
        }
        if settings.effort:
            fields["reasoning_effort"] = settings.effort
        if settings.temperature is not None:
            fields["temperature"] = settings.temperature
        if streams:
            fields["stream_options"] = {"include_usage": True}
            with self._client.chat.completions.create(**fields, stream=True) as chunks:
                return read_chat_stream(chunks, settings.timeouts.total, self._tell)
        return read_chat(_plain(self._client.chat.completions.create(**fields)))

    # ------------------------------------------------------------ errors

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        """Every failure of the client as one of ours, with the key in none of them."""
        import httpx2
        import openai

        host = host_of(self._settings.base_url)
        trouble: ModelTrouble
        try:
            yield
            return
        except ModelTrouble as error:
            trouble = type(error)(self._key.hide(str(error)))
        except openai.APIStatusError as error:
            trouble = self._refused(error)
        except (openai.APITimeoutError, httpx2.TimeoutException):
            times = self._settings.timeouts
            trouble = TooSlow(
                f"{host} did not answer in time (connect {times.connect:g} s, silence {times.silence:g} s): try again, "
                "or raise the timeouts in models.toml; --translator offline needs no model"
            )
        except openai.APIConnectionError as error:
            why = self._key.hide(str(error.__cause__ or error))[:200]
            near = " Is the server running?" if is_near(self._settings.base_url) else ""
            trouble = Unreachable(
                f"{host} cannot be reached ({why}).{near} Check base_url and the network; "
                "--translator offline needs no model"
            )
        except openai.APIResponseValidationError:
            trouble = Unreadable(f"{host} answered something else than the API promises; try again")
        except openai.APIError as error:
            trouble = ServerFault(f"{host} reports an error: {self._key.hide(str(error.message))[:300]}; try again")
        except httpx2.HTTPError as error:
            trouble = Unreadable(f"the answer of {host} broke off in the middle ({type(error).__name__}); try again")
        except (ValueError, TypeError, AttributeError) as error:  # broken JSON, in a body or in a piece of a stream
            trouble = Unreadable(f"{host} answered with broken JSON ({type(error).__name__}); try again")
        raise trouble from None

    def _refused(self, error: Any) -> ModelTrouble:
        """An answer with a status of 400 or more."""
        host, model, status = host_of(self._settings.base_url), self._settings.model, int(error.status_code)
        said = self._key.hide(_message(error))[:300]
        code = str(getattr(error, "code", "") or "")
        if status in (401, 403):
            kept = "no key was sent" if self._key.value == NO_KEY else "check NL2STRAT_API_KEY or the keyring"
            return WrongKey(f'{host} refuses the key ({status}: "{said}"): {kept}; --translator offline needs none')
        if code == "model_not_found" or (status in (400, 404) and _about_model(said)):
            return UnknownModel(
                f'{host} has no model "{model}" ("{said}"): choose another with --model or in models.toml'
            )
        if status in (404, 405, 501):
            return NoSuchApi(
                f'{self._settings.base_url} has no such API ({status}: "{said}"); does base_url end as the '
                "server wants it, mostly in /v1?"
            )
        if status == 429:
            if code == "insufficient_quota":
                return TooBusy(f'the account at {host} has no credit left ("{said}"); --translator offline needs none')
            return TooBusy(f'{host} is too busy, or asked too often ("{said}"); wait a while and try again')
        if status >= 500:
            return ServerFault(f'{host} failed ({status}: "{said}"); try again later, or use --translator offline')
        if "content_filter" in code or "content_policy" in code:
            return Declined(f'the content filter of {host} refuses the text ("{said}"); reword it')
        return Rejected(f'{host} refuses the request ({status}: "{said}"); see docs/models.md for what servers can')


def _held(request: Request, way: Way) -> Mapping[str, Any]:
    return way.fields(request.grammar) if request.grammar and way.fields is not None else {}


def _plain(result: Any) -> Any:
    """The client's object as a dict; text stays text and is refused by the reader."""
    return result.to_dict() if hasattr(result, "to_dict") else result


def _message(error: Any) -> str:
    body = getattr(error, "body", None)
    if isinstance(body, Mapping) and isinstance(body.get("message"), str):
        return str(body["message"])
    return str(error)


def _about_model(text: str) -> bool:
    low = text.lower()
    return "model" in low and any(
        word in low for word in ("not found", "does not exist", "not exist", "unknown", "invalid model")
    )
