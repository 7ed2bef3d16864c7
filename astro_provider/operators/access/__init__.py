"""Operators about who has which role where; each in a module of its own, which is loaded when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_provider.operators.access.grant import GrantAccessOperator
    from astro_provider.operators.access.report import ExportAccessReportOperator
    from astro_provider.operators.access.revoke import RevokeAccessOperator

__all__ = ["ExportAccessReportOperator", "GrantAccessOperator", "RevokeAccessOperator"]

_MODULES = dict(zip(__all__, ("report", "grant", "revoke"), strict=True))


def __getattr__(name: str) -> type:
    module = _MODULES.get(name)
    if module is None:
        from astro_provider.common.import_paths import not_here

        raise not_here(__name__, name)
    operator: type = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = operator
    return operator


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
