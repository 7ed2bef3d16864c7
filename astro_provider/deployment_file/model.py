"""What the user writes: a Deployment file. Unknown keys are errors; an absent key and a null one say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError

from astro_provider.common.suggestions import suggestion
from astro_provider.deployment_file import cron
from astro_provider.deployment_file.field_types import (
    Cpu,
    Email,
    Executor,
    Filled,
    Memory,
    Name,
    Provider,
    SchedulerSize,
    Storage,
    Switch,
    SwitchedOn,
    Text,
    Type,
    Whole,
    filled,
    longest,
    named,
    smallest,
    type_in_words,
    wrong,
)
from astro_provider.deployment_file.keys import normalise
from astro_provider.deployment_file.overlay import give_values, merge
from astro_provider.deployment_file.positions import Key, Origin
from astro_provider.deployment_file.python_tree import has_root, plain
from astro_provider.deployment_file.validation_errors import file_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def _present(value: object) -> str:
    word = filled(value)
    if word is None:
        raise wrong("is missing")
    return word


def _named(value: object) -> str:
    name = named(value)
    if name is None:
        raise wrong("is missing")
    return name


def _cron(value: str) -> str:
    if found := cron.problem(value):
        raise wrong(found)
    return value


def _or_empty(value: object) -> object:
    """Read a section that was left empty, say because its lines are commented out, as one without keys."""
    return {} if value is None else value


Needed = Annotated[str, BeforeValidator(_present)]
NeededName = Annotated[str, BeforeValidator(_named)]
Cron = Annotated[Needed, AfterValidator(_cron)]


class Section(BaseModel):
    """A mapping in the file: immutable, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileVariable(Section):
    """One entry of ``environment_variables``."""

    key: NeededName
    value: Text = Field(default=None, repr=False)
    is_secret: Switch = None

    @property
    def is_blank(self) -> bool:
        """Whether the value is absent, null or white space."""
        return not (self.value or "").strip()


class FileQueue(Section):
    """One entry of ``worker_queues``."""

    name: Annotated[NeededName, longest(63)]
    max_worker_count: Annotated[Whole, smallest(1)] = None
    min_worker_count: Annotated[Whole, smallest(0)] = None
    worker_concurrency: Annotated[Whole, smallest(1)] = None
    worker_type: Filled = None
    pod_ephemeral_storage: Storage = None


class FileSchedule(Section):
    """One entry of ``hibernation_schedules``; one that does not say ``enabled`` is off, as to the Astro CLI."""

    hibernate_at: Cron
    wake_at: Cron
    description: Annotated[Text, longest(200)] = None
    enabled: SwitchedOn = False


class FileRemoteExecution(Section):
    """``configuration.remote_execution``."""

    enabled: Switch = None
    allowed_ip_address_ranges: tuple[Needed, ...] | None = None
    task_log_bucket: Filled = None
    task_log_url_pattern: Filled = None


class Configuration(Section):
    """``configuration``: everything about the Deployment that is not a list."""

    name: Annotated[Name, longest(500)] = None
    description: Annotated[Text, longest(1000)] = None
    runtime_version: Filled = None
    dag_deploy_enabled: Switch = None
    ci_cd_enforcement: Switch = None
    scheduler_size: SchedulerSize = None
    is_high_availability: Switch = None
    is_development_mode: Switch = None
    executor: Executor = None
    scheduler_au: Whole = None
    scheduler_count: Whole = None
    cluster_name: Filled = None
    workspace_name: Filled = None
    deployment_type: Type = None
    cloud_provider: Provider = None
    region: Filled = None
    default_task_pod_cpu: Cpu = None
    default_task_pod_memory: Memory = None
    resource_quota_cpu: Cpu = None
    resource_quota_memory: Memory = None
    default_worker_type: Filled = None
    workload_identity: Filled = None
    remote_execution: FileRemoteExecution | None = None


class Metadata(Section):
    """``metadata``: written by inspect; only the id is read."""

    deployment_id: Filled = None


class DeploymentFile(Section):
    """A Deployment file. ``None`` means that the file says nothing about it."""

    environment_variables: tuple[FileVariable, ...] | None = None
    configuration: Annotated[Configuration, BeforeValidator(_or_empty)] = Configuration()
    worker_queues: tuple[FileQueue, ...] | None = None
    metadata: Annotated[Metadata, BeforeValidator(_or_empty)] = Metadata()
    alert_emails: tuple[Email, ...] | None = None
    hibernation_schedules: Annotated[tuple[FileSchedule, ...], Field(max_length=10)] | None = None

    _tree: dict[str, Any] = PrivateAttr(default_factory=dict)
    _origin: Origin = PrivateAttr(default=Origin("Deployment file"))
    _warnings: tuple[str, ...] = PrivateAttr(default=())
    _given: frozenset[str] = PrivateAttr(default=frozenset())
    _lists_variables: bool = PrivateAttr(default=False)
    _may_lack_secrets: bool = PrivateAttr(default=False)

    @classmethod
    def from_tree(cls, tree: object, origin: Origin) -> DeploymentFile:
        """Check a document and make a file of it.

        :param tree: The document: mappings, lists and scalars, ``deployment`` at its root.
        :param origin: Where its keys stand.
        """
        sections, origin, warnings = normalise(_rooted(tree, origin), origin, cls)
        if not isinstance(sections, dict):
            raise origin.error(f"must be a mapping, not {type_in_words(sections)}", ("deployment",))
        return cls._checked(sections, origin, warnings)

    @classmethod
    def from_overrides(cls, overrides: Mapping[str, object]) -> DeploymentFile:
        """Check overrides alone, so that a mistake in them is reported as standing there.

        :param overrides: Nested dict in the file's own shape, with or without the ``deployment`` root.
        """
        origin = Origin("overrides")
        tree = plain(overrides, origin.source)
        return cls.from_tree({"deployment": tree} if isinstance(tree, dict) and not has_root(tree) else tree, origin)

    @classmethod
    def _checked(cls, sections: dict[str, Any], origin: Origin, warnings: tuple[str, ...]) -> DeploymentFile:
        error = None
        try:
            file = cls.model_validate(sections)
        except ValidationError as found:
            # Translated outside the except clause: pydantic's own message may quote a secret.
            error = file_error(found, cls, origin)
        if error:
            raise error
        _refuse_twins("worker_queues", "name", (queue.name for queue in file.worker_queues or ()), origin)
        _refuse_twins("environment_variables", "key", (item.key for item in file.environment_variables or ()), origin)
        file._tree, file._origin, file._warnings = sections, origin, warnings
        file._lists_variables = file.environment_variables is not None
        return file

    @property
    def source(self) -> str:
        """The file's path, or a description of where it came from."""
        return self._origin.source

    @property
    def origin(self) -> Origin:
        """Where each key stands."""
        return self._origin

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was read or ignored although it is not written as it should be; one sentence each."""
        return (*self._warnings, *self._off_without_a_word())

    def _off_without_a_word(self) -> Iterator[str]:
        """Name the schedules that are off because they do not say ``enabled``: the CLI leaves out a false."""
        said = [item.get("enabled") is not None for item in self._tree.get("hibernation_schedules") or ()]
        named = [
            f"{schedule.hibernate_at!r} to {schedule.wake_at!r}, {self._origin.where(_schedule_at(index))}"
            for index, schedule in enumerate(self.hibernation_schedules or ())
            if not said[index]
        ]
        if named:
            hint = "Write 'enabled: true' to switch one on."
            yield f"These hibernation schedules are off, because they do not set 'enabled': {'; '.join(named)}. {hint}"

    @property
    def given_values(self) -> frozenset[str]:
        """Keys of the environment variables whose values came from the caller, not from the file."""
        return self._given

    @property
    def lists_variables(self) -> bool:
        """Whether the file itself has ``environment_variables``, so that a variable not in it is unlisted."""
        return self._lists_variables

    @property
    def may_lack_secrets(self) -> bool:
        """Whether a secret that has a value nowhere is left out instead of refused."""
        return self._may_lack_secrets

    def overlay(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        workspace: str | None = None,
        cluster: str | None = None,
        environment_variables: Mapping[str, str] | None = None,
        overrides: Mapping[str, object] | None = None,
        may_lack_secrets: bool = False,
    ) -> DeploymentFile:
        """Return the file with the caller's values laid over it; ``overrides`` come last.

        :param name: The Deployment's name.
        :param description: The Deployment's description.
        :param workspace: Id or name of its Workspace.
        :param cluster: Id or name of its cluster.
        :param environment_variables: Key -> value. A key that the file lists keeps its ``is_secret``; any other is
            added as a plain variable. An empty value given here empties a secret on purpose.
        :param overrides: Nested dict in the file's own shape, with or without the ``deployment`` root. Mappings are
            merged, lists and everything else replaced; ``None`` takes away what the file says.
        :param may_lack_secrets: Whether a secret that has a value nowhere is left out from now on, instead of refused.
        """
        named = name.strip() if isinstance(name, str) else name
        config = {"name": named, "description": description, "workspace_name": workspace, "cluster_name": cluster}
        written = {key: value for key, value in config.items() if value is not None}
        sections, origin = merge(self._tree, {"configuration": written} if written else {}, self._origin, "arguments")
        if environment_variables:
            sections, origin = give_values(sections, environment_variables, origin)
        warnings = self._warnings
        lists_variables, replaced = self._lists_variables, False
        if overrides:
            over = DeploymentFile.from_overrides(overrides)
            sections, origin = merge(sections, over._tree, origin, "overrides")
            warnings += over._warnings
            replaced = "environment_variables" in over._tree
            lists_variables = over.lists_variables if replaced else lists_variables
        file = self._checked(sections, origin, warnings)
        given_values = {**dict.fromkeys(self._given), **(environment_variables or {})}
        # A list in the overrides replaces what the caller gave, too.
        file._given = frozenset(
            variable.key
            for variable in file.environment_variables or ()
            if variable.key in given_values and (not replaced or variable.value == str(given_values[variable.key]))
        )
        file._lists_variables = lists_variables
        file._may_lack_secrets = self._may_lack_secrets or may_lack_secrets
        return file


def _schedule_at(index: int) -> Key:
    return ("deployment", "hibernation_schedules", index)


def _rooted(tree: object, origin: Origin) -> dict[str, Any]:
    """Return a document that has ``deployment``, in any case, and nothing else at its root."""
    if not isinstance(tree, dict):
        raise origin.error(f"must be a mapping with the key 'deployment' at its root, not {type_in_words(tree)}")
    for name in tree:
        if name.lower() != "deployment":
            belongs = name.lower() in DeploymentFile.model_fields
            hint = "; this key belongs under 'deployment'" if belongs else suggestion(name, ["deployment"])
            raise origin.error(f"unknown key; only 'deployment' is allowed at the root{hint}", (name,))
    if not tree:
        raise origin.error("is missing", ("deployment",))
    return tree


def _refuse_twins(section: str, field: str, names: Iterable[str], origin: Origin) -> None:
    first: dict[str, Key] = {}
    for index, name in enumerate(names):
        key: Key = ("deployment", section, index, field)
        if name in first:
            raise origin.error(f"{name!r} is listed twice, first at {origin.where(first[name])}", key)
        first[name] = key
