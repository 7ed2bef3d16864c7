"""A task that needs a Deployment awake, and is stopped or vanishes: what was there before is put back."""

from __future__ import annotations

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from astro_provider.errors import ForbiddenError, HibernatingError
from tests.unit.running import StateStore, TaskInstance

from .awakening import ASLEEP, EARLIER, FAR, OVERRIDE, WorkOperator, abandon, orders, present, run, that


class TestOnKill:
    def test_in_the_worker(self, astro, runner, add, deferrable):
        add(ASLEEP)

        def stop(operator: WorkOperator) -> None:
            operator.on_kill()
            raise SystemExit

        with pytest.raises(SystemExit):
            run(runner, that(stop), deferrable=deferrable)
        assert present(astro) == ASLEEP
        assert orders(astro) == [False, True]

    @pytest.mark.parametrize("wait", [1, 2])
    @pytest.mark.parametrize("fault", [{}, {"status": 503, "times": 1}, {"drop": "after", "times": 1}], ids=str)
    def test_in_the_triggerer(self, astro, runner, add, wait, fault):
        add(ASLEEP)
        abandon(runner, wait, stop=True, before=lambda: fault and astro.fault("POST", OVERRIDE, **fault))
        assert present(astro) == ASLEEP

    @pytest.mark.parametrize(
        ("earlier", "method", "words"),
        [
            (ASLEEP, "POST", "the previous hibernation override could not be restored (see http"),
            (None, "DELETE", "this task's own hibernation override could not be removed (see http"),
        ],
    )
    def test_what_cannot_be_put_back_is_named(self, astro, runner, add, caplog, capsys, earlier, method, words):
        add(earlier)
        with pytest.raises(ForbiddenError):
            abandon(runner, 1, stop=True, before=lambda: astro.fault(method, OVERRIDE, status=403))
        assert f"The task was stopped, but {words}" in caplog.text + capsys.readouterr().out


class TestRetry:
    """The first try vanished without a chance to put anything back."""

    @pytest.mark.parametrize("earlier", EARLIER, ids=str)
    @pytest.mark.parametrize("wait", [1, 2])
    def test_it_puts_back_what_the_first_try_found(self, astro, runner, add, earlier, wait, deferrable):
        runner.store = StateStore()
        add(earlier)
        abandon(runner, wait)
        runner.ti = TaskInstance(try_number=2)
        run(runner, deferrable=deferrable)
        assert present(astro) == earlier

    @pytest.mark.parametrize("earlier", EARLIER[:2], ids=str)
    @pytest.mark.parametrize("wait", [1, 2])
    def test_so_it_does_where_airflow_remembers_nothing(self, astro, runner, add, earlier, wait, deferrable):
        add(earlier)
        abandon(runner, wait)
        runner.ti = TaskInstance(try_number=2)
        run(runner, deferrable=deferrable)
        assert present(astro) == earlier

    @pytest.mark.slow
    def test_there_the_end_of_a_sleep_comes_a_few_minutes_late(self, astro, runner, add):
        add(EARLIER[2])
        abandon(runner, 2)
        runner.ti = TaskInstance(try_number=2)
        run(runner)
        back = present(astro)
        assert back["isHibernating"]
        assert FAR <= back["overrideUntil"] < FAR.replace("06:00:00", "06:05:00")

    def test_a_retry_that_fails_before_it_looks_puts_it_back_too(self, astro, runner, add):
        runner.store = StateStore()
        add(ASLEEP)
        abandon(runner, 2)
        runner.ti = TaskInstance(try_number=2)
        with pytest.raises(AirflowFailException):
            run(runner, deployment_name="no such")
        assert present(astro) == ASLEEP

    def test_what_is_put_back_is_forgotten(self, astro, runner, add):
        runner.store = StateStore()
        add(ASLEEP)
        run(runner)
        runner.ti = TaskInstance(try_number=2)
        astro.clear_requests()
        with pytest.raises(HibernatingError):
            run(runner, if_hibernating="fail")
        assert orders(astro) == []
