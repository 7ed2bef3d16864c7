"""Where a token's new value goes: to a callable of the DAG author's, or into an environment object; nowhere else."""

from __future__ import annotations

import inspect
import traceback
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from astro_provider.common.arguments import is_template
from astro_provider.common.choices import ObjectType
from astro_provider.common.masking import masked
from astro_provider.errors import AstroError, ConfigurationError, GuardError, HandOverError
from astro_provider.tasks.deployment import DeploymentTask
from astro_provider.tasks.dry_run import DryRunTask

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from airflow.providers.common.compat.sdk import BaseOperatorLink

    from astro_provider.client import AstroClient
    from astro_provider.models.access import Place
    from astro_provider.models.api_tokens import ApiToken
    from astro_provider.models.environment_objects import EnvironmentObject

    Store = Callable[[str, ApiToken], object]

ALLOWED = "allowed: a function store(value, token), or the key of an environment object"


class TokenStoreTask(DeploymentTask, DryRunTask):
    """A task that gives a token a new value and stores it.

    :param store: Where to store the value: a function ``store(value, token)``, which gets the value and information
        about the token, or the key of an environment object. The object must exist in the token's own Workspace or
        Deployment, and be a secret variable or a connection, whose password is then replaced. The value does not appear
        in any log line, XCom, rendered template or error.
    """

    operator_extra_links: Collection[BaseOperatorLink] = ()
    template_fields: Sequence[str] = (*DeploymentTask.template_fields, "dry_run", "store")
    #: Without a Deployment the token is for the Workspace, or for the Organization.
    needs: ClassVar[Mapping[tuple[str, ...], str]] = {}
    not_text: ClassVar[tuple[str, ...]] = DryRunTask.not_text
    _call: Store | None = None

    def __init__(self, *, store: Store | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _check_store(store)
        # As a template field a function would be stored as text that is another one in each process.
        self.store = None if callable(store) else store
        self._call = store if callable(store) else None

    def find_target(self, client: AstroClient, place: Place | None) -> EnvironmentObject | None:
        """Return the environment object that the value goes into; ``None``: a function takes it.

        :param client: The client.
        :param place: What the token is for.
        :raises RefusedError: There is no such object, or it would show the value.
        """
        if self._call is not None:
            return None
        from astro_provider.lookup.environment_objects import object_with_key

        if place is None or place.type not in ("WORKSPACE", "DEPLOYMENT"):
            raise ConfigurationError(
                f"store={self.store!r} is the key of an environment object, but the token is for the Organization, "
                "which has none. Set store to a function store(value, token)."
            )
        found = object_with_key(client, str(self.store), place, types=get_args(ObjectType))
        if found.object_type != "CONNECTION" and not found.part.get("isSecret"):
            raise GuardError(f"{found.label} in {place.label} is not a secret: everybody there could read the token.")
        return found

    def hand_over(
        self, token: ApiToken, target: EnvironmentObject | None, *, client: AstroClient, otherwise: str
    ) -> None:
        """Hand over a token's value.

        :param token: The token, with its value.
        :param target: What :meth:`find_target` returned.
        :param client: Writes into the environment object.
        :param otherwise: What is the case if this fails, for the log.
        :raises HandOverError: The function raised; its own error is repeated without the value.
        """
        value = hide_value(token)
        failure: Exception | None = None
        try:
            if target is not None:
                _put(client, target, value)
            elif self._call is not None:
                self._call(value, token.model_copy(update={"token": None}))
        except Exception as error:  # noqa: BLE001  (whatever a DAG author's function raises may repeat the value)
            failure = error
        if failure is None:
            return
        self.log.error("%s", otherwise)
        # Raised out here: an error that repeats the value must not stay with this one as its context.
        if _repeats(failure, value):
            hidden = HandOverError(f"store failed: {type(failure).__name__}: {masked(str(failure), _secrets(value))}")
            hidden.retryable = not isinstance(failure, AirflowFailException)
            del failure
            raise hidden
        if isinstance(failure, AstroError | AirflowException):
            raise failure
        raise HandOverError(f"store failed: {type(failure).__name__}: {failure}") from failure


def hide_value(token: ApiToken) -> str:
    """Return a token's value, which no log line of this task shows from now on.

    :param token: The token, with its value.
    """
    from astro_provider.tasks.masking import mask_secret

    value = token.token.get_secret_value() if token.token else ""
    if not value:
        raise HandOverError(f"Astro returned no value for {token.label}.")
    for secret in _secrets(value):
        mask_secret(secret)
    return value


def _check_store(store: object) -> None:
    """Refuse, while the DAG file is parsed, what would fail or do nothing when there is a new value already."""
    if not callable(store):
        if not (isinstance(store, str) and store.strip()) and not is_template(store):
            raise ValueError(f"store={store!r} is not valid; {ALLOWED}.")
        return
    if inspect.iscoroutinefunction(store) or inspect.isasyncgenfunction(store):
        raise ValueError(f"store is an async function, which nothing would await; {ALLOWED}.")
    if hasattr(store, "expand"):
        raise ValueError(f"store is a task, which would not run inside this one; {ALLOWED}.")
    try:
        signature = inspect.signature(store)
    except ValueError:  # some functions written in C have none
        return
    try:
        signature.bind("value", "token")
    except TypeError as error:
        raise ValueError(f"store cannot be called as store(value, token): {error}; {ALLOWED}.") from None


def _put(client: AstroClient, target: EnvironmentObject, value: str) -> None:
    from astro_provider.rules.environment_objects import Wanted, plan_update

    is_connection = target.object_type == "CONNECTION"
    wanted = Wanted(connection={"password": value}) if is_connection else Wanted(value=value)
    # Read again: links that somebody has added meanwhile must not be dropped.
    client.environment_objects.update(target.id, plan_update(client.environment_objects.get(target.id), wanted).body)


def _secrets(value: str) -> list[str]:
    """Return the value, and the part of it without which it is worth nothing."""
    signature = value.rpartition(".")[2]
    return [value, signature] if len(signature) > len(value) // 10 else [value]


def _repeats(error: BaseException, value: str) -> bool:
    """Whether an error, or one that it comes from, repeats the value."""
    texts = ["".join(traceback.format_exception(error)), *(f"{each!r} {each}" for each in _chain(error))]
    return any(secret in text for text in texts for secret in _secrets(value))


def _chain(error: BaseException) -> Iterator[BaseException]:
    todo, seen = [error], set[int]()
    while todo:
        each = todo.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            todo += [other for other in (each.__cause__, each.__context__) if other is not None]
