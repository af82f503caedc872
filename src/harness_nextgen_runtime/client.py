"""The two clients, one blocking and one asynchronous, that the generated ones derive from."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, NoReturn, Self, TypeVar, Unpack

import httpx

from harness_nextgen_runtime import constants
from harness_nextgen_runtime.answer import RawResponse
from harness_nextgen_runtime.deadlines import guard_stream
from harness_nextgen_runtime.drivers import Slots, drive, drive_async
from harness_nextgen_runtime.errors import ConfigurationError, DecodingError
from harness_nextgen_runtime.failures import explain_failure
from harness_nextgen_runtime.masking import mask_request
from harness_nextgen_runtime.options import CallOptions, Options, Retry, Timeout
from harness_nextgen_runtime.outgoing import Outgoing
from harness_nextgen_runtime.sending import Answer, Call, run_call
from harness_nextgen_runtime.setup import (
    Core,
    hide,
    open_http,
)
from harness_nextgen_runtime.tracebacks import drop_transport_frames
from harness_nextgen_runtime.vendor import Vendor

if TYPE_CHECKING:
    from harness_nextgen_runtime.request import Request
    from harness_nextgen_runtime.setup import Certificate, Verify

T = TypeVar("T")
Http = TypeVar("Http", httpx.Client, httpx.AsyncClient)


class BaseClient(Generic[Http]):
    """What both clients are: options, and how a call is made ready and its answer understood."""

    VENDOR: ClassVar[Vendor] = Vendor()
    _ASYNCHRONOUS: ClassVar[bool]

    _core: Core
    _options: Options
    _http: Http
    _owns_http: bool
    _slots: Slots | None = None

    def _set_options(self, options: Options) -> None:
        self._options = options
        self._head = self._core.make_head(options.headers)

    def with_options(self, **options: Unpack[CallOptions]) -> Self:
        """Return a copy of the client with these options over its own.

        The copy shares the connections, and closing it does nothing: the original closes them.
        Raises ConfigurationError for an option that does not exist or fit.
        """
        copy = object.__new__(type(self))
        # Named one by one: what else hangs on the original, such as its resources, belongs to it.
        copy._core = self._core
        copy._owns_http = False
        copy._http = self._http
        copy._slots = self._slots
        copy._set_options(self._options.merge(options))
        return copy

    @property
    def base_url(self) -> str:
        """The address that every path is added to."""
        return self._core.base_url

    @property
    def account(self) -> str | None:
        """The account that calls are about."""
        return self._core.account

    def _ready(
        self, request: Request, options: CallOptions, *, any_status: bool, unread: bool
    ) -> Call:
        if self._http.is_closed:
            raise ConfigurationError("the client is closed: build another one, or close it later")
        merged = self._options.merge(options)
        head = self._head
        if merged.headers is not self._options.headers:
            head = self._core.make_head(merged.headers)
        outgoing = Outgoing(
            self._core,
            head,
            request,
            merged,
            asynchronous=self._ASYNCHRONOUS,
            accept="*/*" if unread else None,
        )
        return Call(outgoing, merged, self._core, any_status=any_status, unread=unread)

    def __repr__(self) -> str:
        if "_core" not in self.__dict__:  # a constructor that failed, seen in its traceback
            return f"<{type(self).__name__} that is not built>"
        account = f", account={self.account!r}" if self.account else ""
        return f"{type(self).__name__}(base_url={self.base_url!r}{account}, api_key='***')"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds a key and open connections and cannot be copied or "
            "pickled: build one in each process, or use with_options"
        )


def _keep(call: Call, answer: Answer, decode: Callable[[httpx.Response], T]) -> RawResponse[T]:
    """Return an answer as it came, for its meaning to be asked for later."""
    answer.response.request = mask_request(answer.response.request)
    return RawResponse(answer.response, lambda _: _understand(call, answer, decode))


def _understand(call: Call, answer: Answer, decode: Callable[[httpx.Response], T]) -> T:
    """Decode a success; raises DecodingError that names the operation and the JSON pointer."""
    # Here, so that a client is ready without what reads models, a quarter of what it adds to httpx.
    from harness_nextgen_runtime.decoding import Mismatch

    response = answer.response
    operation = call.outgoing.operation
    if response.status_code == 404 and not call.any_status:
        # A DELETE that was retried and then found nothing has succeeded.
        return None  # type: ignore[return-value]
    # What was raised is not chained: its frames hold the body, and a server may echo the key in it.
    try:
        return decode(response)
    except (Mismatch, DecodingError) as error:
        message, pointer = call.scrub(str(error)), error.pointer
    shown = call.show(response)
    failure = DecodingError(
        f"{operation.id}: the answer does not fit its description: {message}. Check base_url, or "
        f"whether a newer version of {call.core.vendor.package} knows this answer.",
        operation=operation.id,
        request=shown.request,
        response=shown,
    )
    failure.pointer = pointer
    raise failure


class SyncClient(BaseClient[httpx.Client]):
    """A client that blocks; one may be used by any number of threads at once."""

    _ASYNCHRONOUS = False

    def __init__(
        self,
        api_key: str | None = None,
        account: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float | Timeout | None = Timeout(),  # noqa: B008
        deadline: float | None = None,
        max_retries: int = constants.MAX_RETRIES,
        headers: Mapping[str, str] | None = None,
        on_retry: Callable[[Retry], None] | None = None,
        requests_per_minute: int | None = None,
        user_agent_suffix: str | None = None,
        allow_http: bool = False,
        proxy: str | None = None,
        verify: Verify = True,
        cert: Certificate | None = None,
        transport: httpx.BaseTransport | None = None,
        http_client: httpx.Client | None = None,
        format: Literal["json", "yaml"] = "json",
        max_response_bytes: int = constants.MAX_RESPONSE_BYTES,
    ) -> None:
        """Make a client from its arguments, each of which wins over the environment.

        Args:
            api_key: Who asks.
            account: The account that calls are about.
            base_url: Where to ask; it may have a path, such as ``/gateway``, that every request
                keeps.
            timeout: Seconds for one attempt, or ``Timeout(connect, read)``; None waits for ever.
            deadline: Seconds for a whole call with its retries and waits.
            max_retries: Retries after the first attempt; 0 turns them off.
            headers: Sent with every request, over the client's own.
            on_retry: Called with a ``Retry`` before each wait.
            requests_per_minute: Hold requests back above this, over all copies of the client.
            user_agent_suffix: Added to the User-Agent, to name your program.
            allow_http: Allow unencrypted ``http://`` to another machine.
            proxy: As in httpx.
            verify: As in httpx, and the path of a file or folder of certificates.
            cert: As in httpx: your own certificate, alone or with its key and password.
            transport: Sends the requests instead.
            http_client: Sends the requests; it is not closed with this client, and its headers,
                cookies and authentication are used, but not its base URL, parameters or timeouts.
            format: ``"yaml"`` to send and read YAML where an operation takes it.
            max_response_bytes: A larger answer is refused, unless it goes to a file.

        Raises:
            ConfigurationError: Something does not fit or is missing.
        """
        key, api_key = hide(api_key), None
        hidden_proxy, proxy = hide(proxy), None
        self._core = Core(
            self.VENDOR,
            key,
            account,
            base_url,
            allow_http=allow_http,
            requests_per_minute=requests_per_minute,
            user_agent_suffix=user_agent_suffix,
        )
        options = Options().merge(
            {
                "timeout": timeout,
                "deadline": deadline,
                "max_retries": max_retries,
                "headers": headers or {},
                "on_retry": on_retry,
                "format": format,
                "max_response_bytes": max_response_bytes,
            }
        )
        self._owns_http = http_client is None
        self._http = open_http(
            httpx.Client,
            httpx.BaseTransport,
            http_client,
            proxy=hidden_proxy,
            verify=verify,
            cert=cert,
            transport=transport,
        )
        if http_client is not None:
            self._core.adopt(http_client)
        self._set_options(options)

    def call(
        self,
        request: Request,
        decode: Callable[[httpx.Response], T],
        options: CallOptions,
    ) -> T:
        """Send a request and return what its answer means.

        A DELETE that was retried and then meets 404 has succeeded, and gives None. Raises an
        ApiError for everything else that is not a success.
        """
        call = self._ready(request, options, any_status=False, unread=False)
        answer = drive(run_call(call), self._http)
        return _understand(call, answer, decode)

    def call_raw(
        self,
        request: Request,
        decode: Callable[[httpx.Response], T],
        options: CallOptions,
    ) -> RawResponse[T]:
        """Send a request and return its answer with status, headers and bytes; errors raise."""
        call = self._ready(request, options, any_status=False, unread=False)
        answer = drive(run_call(call), self._http)
        return _keep(call, answer, decode)

    def exchange(
        self,
        request: Request,
        decode: Callable[[httpx.Response], T],
        options: CallOptions,
    ) -> RawResponse[T]:
        """Send a request and return its answer; any status is a value, not an error.

        Retries still apply. Raises an ApiError when no answer came, or one that is too large.
        """
        call = self._ready(request, options, any_status=True, unread=False)
        answer = drive(run_call(call), self._http)
        return _keep(call, answer, decode)

    @contextmanager
    def stream(
        self, request: Request, options: CallOptions
    ) -> Generator[httpx.Response, None, None]:
        """Send a request and give its answer before the body is read; anything but 2xx raises.

        No limit holds for the size of the body. Leaving the block closes the answer.
        """
        call = self._ready(request, options, any_status=False, unread=True)
        answer = drive(run_call(call), self._http)
        response = answer.response
        sent = response.request
        response.request = mask_request(sent)
        guard_stream(call, response)
        try:
            yield response
        except (httpx.HTTPError, TimeoutError) as error:
            drop_transport_frames(error)
            raise explain_failure(call, sent, error).error from error
        finally:
            response.close()

    def close(self) -> None:
        """Close the connections, unless they are those of another client or of the user."""
        if self._owns_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.close()


class AsyncClient(BaseClient[httpx.AsyncClient]):
    """A client for asyncio; one may be used by any number of tasks of one event loop."""

    _ASYNCHRONOUS = True

    def __init__(
        self,
        api_key: str | None = None,
        account: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float | Timeout | None = Timeout(),  # noqa: B008
        deadline: float | None = None,
        max_retries: int = constants.MAX_RETRIES,
        headers: Mapping[str, str] | None = None,
        on_retry: Callable[[Retry], None] | None = None,
        requests_per_minute: int | None = None,
        user_agent_suffix: str | None = None,
        allow_http: bool = False,
        proxy: str | None = None,
        verify: Verify = True,
        cert: Certificate | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        http_client: httpx.AsyncClient | None = None,
        format: Literal["json", "yaml"] = "json",
        max_response_bytes: int = constants.MAX_RESPONSE_BYTES,
    ) -> None:
        """Make a client from its arguments, each of which wins over the environment.

        Args:
            api_key: Who asks.
            account: The account that calls are about.
            base_url: Where to ask; it may have a path, such as ``/gateway``, that every request
                keeps.
            timeout: Seconds for one attempt, or ``Timeout(connect, read)``; None waits for ever.
            deadline: Seconds for a whole call with its retries and waits.
            max_retries: Retries after the first attempt; 0 turns them off.
            headers: Sent with every request, over the client's own.
            on_retry: Called with a ``Retry`` before each wait.
            requests_per_minute: Hold requests back above this, over all copies of the client.
            user_agent_suffix: Added to the User-Agent, to name your program.
            allow_http: Allow unencrypted ``http://`` to another machine.
            proxy: As in httpx.
            verify: As in httpx, and the path of a file or folder of certificates.
            cert: As in httpx: your own certificate, alone or with its key and password.
            transport: Sends the requests instead.
            http_client: Sends the requests; it is not closed with this client, and its headers,
                cookies and authentication are used, but not its base URL, parameters or timeouts.
            format: ``"yaml"`` to send and read YAML where an operation takes it.
            max_response_bytes: A larger answer is refused, unless it goes to a file.

        Raises:
            ConfigurationError: Something does not fit or is missing.
        """
        key, api_key = hide(api_key), None
        hidden_proxy, proxy = hide(proxy), None
        self._core = Core(
            self.VENDOR,
            key,
            account,
            base_url,
            allow_http=allow_http,
            requests_per_minute=requests_per_minute,
            user_agent_suffix=user_agent_suffix,
        )
        options = Options().merge(
            {
                "timeout": timeout,
                "deadline": deadline,
                "max_retries": max_retries,
                "headers": headers or {},
                "on_retry": on_retry,
                "format": format,
                "max_response_bytes": max_response_bytes,
            }
        )
        self._owns_http = http_client is None
        # A user's own client or transport has limits of its own.
        self._slots = Slots() if http_client is None and transport is None else None
        self._http = open_http(
            httpx.AsyncClient,
            httpx.AsyncBaseTransport,
            http_client,
            proxy=hidden_proxy,
            verify=verify,
            cert=cert,
            transport=transport,
        )
        if http_client is not None:
            self._core.adopt(http_client)
        self._set_options(options)

    async def call(
        self,
        request: Request,
        decode: Callable[[httpx.Response], T],
        options: CallOptions,
    ) -> T:
        """Send a request and return what its answer means.

        A DELETE that was retried and then meets 404 has succeeded, and gives None. Raises an
        ApiError for everything else that is not a success.
        """
        call = self._ready(request, options, any_status=False, unread=False)
        answer = await drive_async(run_call(call), self._http, self._slots)
        return _understand(call, answer, decode)

    async def call_raw(
        self,
        request: Request,
        decode: Callable[[httpx.Response], T],
        options: CallOptions,
    ) -> RawResponse[T]:
        """Send a request and return its answer with status, headers and bytes; errors raise."""
        call = self._ready(request, options, any_status=False, unread=False)
        answer = await drive_async(run_call(call), self._http, self._slots)
        return _keep(call, answer, decode)

    async def exchange(
        self,
        request: Request,
        decode: Callable[[httpx.Response], T],
        options: CallOptions,
    ) -> RawResponse[T]:
        """Send a request and return its answer; any status is a value, not an error.

        Retries still apply. Raises an ApiError when no answer came, or one that is too large.
        """
        call = self._ready(request, options, any_status=True, unread=False)
        answer = await drive_async(run_call(call), self._http, self._slots)
        return _keep(call, answer, decode)

    @asynccontextmanager
    async def stream(
        self, request: Request, options: CallOptions
    ) -> AsyncGenerator[httpx.Response, None]:
        """Send a request and give its answer before the body is read; anything but 2xx raises.

        No limit holds for the size of the body. Leaving the block closes the answer.
        """
        call = self._ready(request, options, any_status=False, unread=True)
        answer = await drive_async(run_call(call), self._http, self._slots)
        response = answer.response
        sent = response.request
        response.request = mask_request(sent)
        guard_stream(call, response)
        try:
            yield response
        except (httpx.HTTPError, TimeoutError) as error:
            drop_transport_frames(error)
            raise explain_failure(call, sent, error).error from error
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close the connections, unless they are those of another client or of the user."""
        if self._owns_http:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.aclose()
