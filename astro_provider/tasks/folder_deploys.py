"""What deploying a folder of DAGs and a dbt project share: what is left out, the commit, and what is unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from astro_provider.common.arguments import check_choice
from astro_provider.common.choices import IfUnchanged
from astro_provider.tasks.deploys import DeployTask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.providers.common.compat.sdk import Context

    from astro_provider.archive import Listing
    from astro_provider.models.deploys import DeployRequest
    from astro_provider.rules.deploy_markers import Marker


class FolderDeployTask(DeployTask):
    """A task that deploys a folder.

    :param exclude: Patterns of files to leave out. They replace the default, which leaves out byte code, hidden caches
        and editors' temporary files. Version control folders are always left out.
    :param git: The commit to show in the deploy history: ``auto`` asks ``git``, ``None`` shows none, and a dict uses
        the API's own field names.
    :param if_unchanged: What to do if nothing has changed: ``ignore`` it and succeed, ``skip`` the task, or ``deploy``
        anyway.
    """

    template_fields: Sequence[str] = ("exclude", "git", *DeployTask.template_fields)
    lists_of_text: ClassVar[tuple[str, ...]] = ("exclude",)
    not_text: ClassVar[tuple[str, ...]] = (*DeployTask.not_text, "git")

    def __init__(
        self,
        *,
        exclude: Sequence[str] | None = None,
        git: Mapping[str, Any] | str | None = "auto",
        if_unchanged: IfUnchanged = "ignore",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("if_unchanged", if_unchanged, IfUnchanged)
        self.exclude = exclude
        self.git = git
        self.if_unchanged = if_unchanged

    def path_of(self, folder: str) -> Path:
        """Return where a folder is.

        :param folder: An absolute path, or one relative to the DAG file's folder.
        """
        path = Path(folder).expanduser()
        if path.is_absolute() or not self.has_dag():  # type: ignore[no-untyped-call]
            return path
        return Path(self.dag.folder) / path

    def scan(self, path: Path, *, prefix: str) -> Listing:
        """Return what is in a folder.

        :param path: The folder.
        :param prefix: Folder of the archive that its content comes into.
        :raises FolderError: Something in it cannot be shipped; names everything that cannot.
        """
        from astro_provider.archive import DEFAULT_EXCLUDE, scan

        return scan(path, prefix=prefix, exclude=DEFAULT_EXCLUDE if self.exclude is None else self.exclude)

    def check_git(self) -> None:
        """Refuse a wrong ``git`` before any request; what ``auto`` finds is read when there is something to deploy.

        :raises ConfigurationError: It is not what the API takes.
        """
        from astro_provider.archive.git import git_fields

        git_fields(self.git, None)

    def request(self, context: Context, marker: Marker, folder: Listing | None, **fields: Any) -> DeployRequest:
        """Return the body that creates the deploy.

        :param context: The task's context.
        :param marker: The marker of what it brings.
        :param folder: What is deployed, for the commit it is from.
        :param fields: The API's other fields.
        """
        from astro_provider.archive.git import git_fields
        from astro_provider.models.deploys import DeployGitRequest, DeployRequest

        commit = git_fields(self.git, None if folder is None else folder.folder)
        if commit is not None:
            fields["git"] = DeployGitRequest.model_validate(commit)
        return DeployRequest(description=self.described(context, marker), **fields)
