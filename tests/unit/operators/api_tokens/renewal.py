"""A renewal, as tests of renewals run it."""

from __future__ import annotations

from astro_provider.operators.api_tokens import RenewApiTokenOperator


def renew(runner, store, **arguments):
    defaults = {"token_name": "ci", "role": "WORKSPACE_AUTHOR", "workspace": "Development", "store": store}
    return runner.run(RenewApiTokenOperator, **{**defaults, **arguments})
