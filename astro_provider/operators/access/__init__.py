"""Operators about access: who has which role where."""

from astro_provider.operators.access.report import ExportAccessReportOperator

__all__ = ["ExportAccessReportOperator"]
