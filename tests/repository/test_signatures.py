"""What an editor and the reference show of each task: every argument, its default, and the words it takes."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from typing import Literal, get_args, get_origin

import pytest
from airflow.providers.common.compat.sdk import AirflowException

from astro_provider.common import choices
from tests.public_classes import TASKS, arguments, names_in, sample, signature

CHOICES = {name: get_args(alias) for name, alias in vars(choices).items() if get_origin(alias) is Literal}

each_task = pytest.mark.parametrize("cls", TASKS, ids=lambda cls: cls.__name__)


def meaning(cls: type, argument: str) -> str:
    """What a docstring says about an argument."""
    return (inspect.getdoc(cls) or "").partition(f":param {argument}:")[2].partition(":param ")[0]


def words_of(cls: type) -> dict[str, tuple[str, ...]]:
    """The arguments of a task that take a word of a list, and the list."""
    aliases = {n: names_in(str(p.annotation)) & CHOICES.keys() for n, p in signature(cls).items()}
    return {n: CHOICES[found.pop()] for n, found in aliases.items() if found and n not in cls.template_fields}


CHOOSING = [pytest.param(cls, name, id=f"{cls.__name__}-{name}") for cls in TASKS for name in words_of(cls)]


@each_task
def test_no_argument_hides_behind_kwargs(cls):
    written = {n: p.default for n, p in signature(cls).items() if p.kind is not inspect.Parameter.VAR_KEYWORD}
    assert written == {n: p.default for n, p in arguments(cls).items()}


@each_task
def test_what_is_left_for_kwargs_is_airflows(cls):
    cls(task_id="task", retries=2, **sample(cls))
    with pytest.raises((TypeError, AirflowException), match="no_argument"):
        cls(task_id="task", no_argument=1, **sample(cls))


@each_task
def test_text_that_is_no_template_is_a_choice(cls):
    texts = {n for n, p in signature(cls).items() if "str" in names_in(str(p.annotation))}
    assert texts - set(cls.template_fields) == set()


@pytest.mark.parametrize(("cls", "argument"), CHOOSING)
def test_a_wrong_word_is_refused_with_the_words_of_the_type(cls, argument):
    with pytest.raises(ValueError, match=rf"^{argument}='wrong' is not valid; allowed: ") as error:
        cls(task_id="task", **{**sample(cls), argument: "wrong"})
    for word in words_of(cls)[argument]:
        assert repr(word) in str(error.value)
        assert f"``{word}``" in meaning(cls, argument)


def test_there_is_one_type_for_each_set_of_words():
    assert [
        words for words, times in Counter(frozenset(words) for words in CHOICES.values()).items() if times > 1
    ] == []


@pytest.mark.parametrize("argument", ["wait", "poll_interval", "timeout", "deferrable", "astro_conn_id", "dry_run"])
def test_a_default_is_the_same_everywhere_or_the_docstring_says_why_not(argument):
    defaults = {cls: p[argument].default for cls in TASKS if argument in (p := signature(cls))}
    usual, _ = Counter(defaults.values()).most_common(1)[0]
    silent = [
        cls.__name__
        for cls, value in defaults.items()
        if value != usual and not re.search(r"\b(because|since)\b", meaning(cls, argument))
    ]
    assert silent == []
