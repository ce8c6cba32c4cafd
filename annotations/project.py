"""A Label Studio project: found by title or number, made where there is none, held against the config."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from conflict_events.annotations.connection import Connection
from conflict_events.annotations.label_config import LabelConfig, parse_label_config, presented_xml
from conflict_events.errors import AnnotationError

_SHORTEST_TITLE, _LONGEST_TITLE = 3, 50


@dataclass(frozen=True)
class Project:
    """A project on the server, and the labelling config that it was found to agree with."""

    id: int
    title: str
    config: LabelConfig


def find_project(connection: Connection, name: str, config: LabelConfig) -> Project | None:
    """Find a project by its title, or else by its number, and check it against `config`.

    Raises AnnotationError where several projects share the title, or the project has other labels.
    """
    titled = connection.call(
        lambda client: [int(project.id) for project in client.projects.list() if project.title == name]
    )
    if len(titled) > 1:
        numbers = ", ".join(map(str, titled))
        raise AnnotationError(f"several projects are called '{name}'; name one by its number ({numbers})")
    if titled:
        number = titled[0]
    elif name.isdecimal():
        number = int(name)
    else:
        return None
    found = connection.call(lambda client: client.projects.get(number))
    project = Project(number, found.title or str(number), config)
    _check_config(project, found.label_config or "")
    return project


def require_project(connection: Connection, name: str, config: LabelConfig) -> Project:
    """Find a project like `find_project`; raises AnnotationError where there is none."""
    project = find_project(connection, name, config)
    if project is None:
        raise AnnotationError(
            f"{connection.url} has no project '{name}'; push articles to make it, or name another"
        )
    return project


def find_or_make_project(
    connection: Connection, name: str, config: LabelConfig, *, annotators: int
) -> Project:
    """Find a project, or make one in which each sentence is wanted from `annotators` people."""
    project = find_project(connection, name, config)
    if project is not None:
        return project
    if not _SHORTEST_TITLE <= len(name) <= _LONGEST_TITLE:
        raise AnnotationError(
            f"'{name}' cannot be the title of a project: {_SHORTEST_TITLE} to {_LONGEST_TITLE} characters"
        )
    # Asked for once: should the answer get lost, the next run finds the project by its title.
    number: int = connection.once(
        lambda client: (
            client.projects.create(
                title=name,
                label_config=presented_xml(config),
                maximum_annotations=annotators,
                enable_empty_annotation=True,
                show_collab_predictions=True,
                sampling="Sequential sampling",
                expert_instruction=_instruction(config),
                show_instruction=False,
            ).id
        )
    )
    return Project(number, name, config)


def show_predictions(
    connection: Connection, project: Project, version: str, *, uncertain_first: bool
) -> None:
    """Have Label Studio suggest the predictions of one model version, the least certain first if wished."""

    def update(client: Any) -> None:
        client.projects.update(project.id, model_version=version, show_collab_predictions=True)
        if uncertain_first:
            client.projects.update(project.id, sampling="Uncertainty sampling")

    connection.call(update)


def _check_config(project: Project, xml: str) -> None:
    config = project.config
    where = f"the config of project '{project.title}'"
    theirs = parse_label_config(xml, where)
    remedy = f"set it to {config.path} under Settings > Labeling Interface, or name another project or config"
    if missing := [label for label in config.labels if label not in theirs.labels]:
        raise AnnotationError(f"{where} lacks the labels {', '.join(missing)}; {remedy}")
    if surplus := [label for label in theirs.labels if label not in config.labels]:
        raise AnnotationError(
            f"{where} has the labels {', '.join(surplus)}, which {config.path} lacks; {remedy}"
        )
    if (theirs.choice_name, theirs.text_name) != (config.choice_name, config.text_name):
        raise AnnotationError(
            f"{where} names its tags '{theirs.choice_name}' and '{theirs.text_name}', {config.path} "
            f"'{config.choice_name}' and '{config.text_name}'; {remedy}"
        )


def register_backend(
    connection: Connection, project: Project, url: str, version: str, credentials: tuple[str, str] | None
) -> None:
    """Make a running backend that of a project, under its model's version as its title.

    By that title Label Studio knows whose predictions to show and to sort by. Registering again updates it.
    Raises AnnotationError where Label Studio cannot reach the backend.
    """
    access: dict[str, Any] = {"auth_method": "NONE"}
    if credentials is not None:
        user, password = credentials
        access = {"auth_method": "BASIC_AUTH", "basic_auth_user": user, "basic_auth_pass": password}

    def register(client: Any) -> None:
        known = [backend for backend in client.ml.list(project=project.id) if backend.url == url]
        if known:
            client.ml.update(known[0].id, project=project.id, url=url, title=version, **access)
        else:
            client.ml.create(project=project.id, url=url, title=version, **access)
        client.projects.update(project.id, model_version=version)

    connection.call(register)


def _instruction(config: LabelConfig) -> str:
    """What annotators read on demand: each label's hint, as HTML."""
    rule = "Give every label that the sentence itself calls for. None is an answer: submit it."
    items = "".join(
        f"<li><b>{escape(label)}</b>: {escape(config.hints.get(label, ''))}</li>" for label in config.labels
    )
    return f"<p>{rule}</p><ul>{items}</ul>"
