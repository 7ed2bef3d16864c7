"""Writing a live Deployment as a Deployment file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astro_provider.common.arguments import check_choice, check_flags, is_given
from astro_provider.common.choices import FileFormat
from astro_provider.errors import ConfigurationError
from astro_provider.tasks.deployment import DeploymentTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.providers.common.compat.sdk import Context


class InspectDeploymentOperator(DeploymentTask):
    """Describes a Deployment as a Deployment file, like ``astro deployment inspect``.

    Returns the text of the file or, with ``output_path``, the absolute path of the file that it wrote. Secret
    environment variables are listed without their values, because Astro never returns them. Values that look like Jinja
    are written so that operators that read the file do not change them.

    :param template: Whether to write a template for new Deployments, without the name, metadata, timestamps, and
        settings that cannot be set for this type and executor.
    :param output_format: ``yaml`` or ``json``.
    :param output_path: Path of the file: a local path, or a URL of an object store such as ``s3://conn_id@bucket/key``.
        If it ends in ``/``, it is a folder; ``~`` is the home folder. Default: no file; the text is the task's result.
    """

    template_fields: Sequence[str] = (*DeploymentTask.template_fields, "output_path")

    def __init__(
        self,
        *,
        deployment_id: str | None = None,
        deployment_name: str | None = None,
        workspace: str | None = None,
        template: bool = False,
        output_format: FileFormat = "yaml",
        output_path: str | None = None,
        astro_conn_id: str = "astro_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            deployment_id=deployment_id,
            deployment_name=deployment_name,
            workspace=workspace,
            astro_conn_id=astro_conn_id,
            **kwargs,
        )
        check_choice("output_format", output_format, FileFormat)
        check_flags(template=template)
        self.template = template
        self.output_format = output_format
        self.output_path = output_path

    def run_task(self, context: Context) -> Any:
        """Read the Deployment and write its file.

        :param context: The task's context.
        """
        from astro_provider.lookup.inspect import write_file
        from astro_provider.tasks.storage import write_text

        if self.output_path is not None and not is_given(self.output_path):
            raise ConfigurationError(
                f"output_path={self.output_path!r} does not say where to write. Leave it out to return the file's text."
            )
        deployment = self.get_deployment()
        url = self.announce(context, deployment)
        text = write_file(self.hook.client, deployment, template=self.template, output_format=self.output_format)
        what = "a template" if self.template else "a Deployment file"
        if not self.output_path:
            self.log.info("Inspected %s as %s: %s", deployment.label, what, url)
            return text
        written = write_text(str(self.output_path), text, default_name=f"{deployment.name}.{self.output_format}")
        self.log.info("Wrote %s as %s to %s: %s", deployment.label, what, written, url)
        return written
