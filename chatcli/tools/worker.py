"""Runs in a process of its own: describes the functions of a Python file, or calls one of them.

Started by `python_functions`; imports little of ours. The first line of its output says how it
went, the rest is the result. What the file prints never gets there.
"""

from __future__ import annotations

import base64
import dataclasses
import enum
import hashlib
import importlib.util
import inspect
import io
import json
import os
import re
import sys
import threading
import traceback
import typing
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from chatcli.language import _, use_language
from chatcli.process.descendants import kill_marked, own_mark
from chatcli.process.groups import kill_own_group
from chatcli.tools.annotations import UnsupportedError, object_schema, schema_of, to_python
from chatcli.tools.docstrings import describe
from chatcli.tools.results import bound_text

DONE, FAILED = "done", "failed"
ILLUSTRATED = "illustrated"  # the result is a list in JSON, of texts and images
_IMAGE = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP", re.DOTALL)
_MODULE = "chat_tools_"  # before the name of the file, so that it hides no module of that name
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class _FileError(Exception):
    """The file cannot be used; its text says why."""


def main() -> None:
    """Do what the standard input asks for: describe a `file` with its `sha256`, or call `name` with `arguments`."""
    order, process = json.loads(sys.stdin.buffer.readline()), os.getpid()
    use_language(order["language"])
    _end_with_parent()
    with os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace") as answer:
        _seal_off()
        try:
            module = _load(Path(order["file"]), order["sha256"])
            if "name" in order:
                state, result = _call(module, order["name"], order["arguments"])
            else:
                state, result = DONE, json.dumps(_describe_all(module))
        except _FileError as error:
            state, result = FAILED, bound_text(str(error))
        if os.getpid() == process:  # a copy of it, which the file has made by a fork, ends without a word
            answer.write(f"{state}\n{result}")
            answer.flush()
        os._exit(0)  # threads of the file are not waited for


def _end_with_parent() -> None:
    """End with all that the file has started once chat is gone: it holds the other end of the standard input."""
    parent, mark = os.dup(0), own_mark()

    def watch() -> None:
        while os.read(parent, 1):
            pass
        kill_marked(mark)
        kill_own_group()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _seal_off() -> None:
    """Lead the standard streams elsewhere."""
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)  # programs that the file starts
    sys.stdout = io.StringIO()


def _load(path: Path, digest: str) -> ModuleType:
    sys.path.append(str(path.parent))  # last, so that its neighbours hide no module of Python
    name = _MODULE + path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise _FileError(_("it is not a Python file"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(compile(_read(path, digest), path, "exec"), module.__dict__)
    except _FileError:
        raise
    except BaseException as error:
        raise _FileError(_explain(error, path)) from error
    return module


def _read(path: Path, digest: str) -> bytes:
    """Return the content of the file, if it is still the one that was approved."""
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise _FileError(_("{name} has changed since it was read; start chat again to use it", name=path.name))
    return content


def _explain(error: BaseException, path: Path) -> str:
    """Return type, message and line of what the file raised."""
    if isinstance(error, SyntaxError):
        return _at_line(f"SyntaxError: {error.msg}", error.lineno)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    said = _words(error)
    problem = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return _at_line(problem, lines[-1]) if lines else problem


def _at_line(problem: str, line: int | None) -> str:
    return _("{problem} (line {line})", problem=problem, line=line)


def _words(value: object) -> str:
    """Return *value* as text; its own code may fail, and an integer may have too many digits."""
    try:
        return str(value)
    except Exception as error:  # the code of others
        return f"({type(value).__name__} without text: {type(error).__name__})"


def _functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the public functions that the file defines, in its order."""
    listed = getattr(module, "__all__", None)
    return {
        name: value
        for name, value in vars(module).items()
        if (name in listed if listed is not None else not name.startswith("_"))
        and callable(value)
        and not inspect.isclass(value)
        and getattr(value, "__module__", None) == module.__name__
    }


def _describe_all(module: ModuleType) -> dict[str, list[dict[str, Any]]]:
    """Return the functions that can be tools, and why others cannot."""
    tools: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for name, function in _functions(module).items():
        try:
            tools.append(_describe(name, function))
        except UnsupportedError as error:
            skipped.append({"name": name, "why": str(error)})
        except RecursionError:
            skipped.append({"name": name, "why": _("a type contains itself")})
    return {"tools": tools, "skipped": skipped}


def _describe(name: str, function: Callable[..., Any]) -> dict[str, Any]:
    said, parameters = describe(inspect.getdoc(function))
    fields = _fields(function)
    schema = object_schema(fields)
    for field, (_annotation, is_required) in fields.items():
        entry = schema["properties"][field]
        if field in parameters:
            entry.setdefault("description", parameters[field])
        default = inspect.signature(function).parameters[field].default
        if not is_required and (written := _written(default)) is not None:
            entry["default"] = json.loads(written)
    return {"name": name, "description": said or name.replace("_", " "), "parameters": schema}


def _fields(function: Callable[..., Any]) -> dict[str, tuple[Any, bool]]:
    """Return annotation and necessity of each parameter; raises UnsupportedError."""
    parameters = inspect.signature(function).parameters
    try:
        hints = typing.get_type_hints(inspect.unwrap(function), include_extras=True)
    except (NameError, TypeError, AttributeError) as error:
        raise UnsupportedError(_("its types cannot be resolved: {reason}", reason=error)) from error
    fields: dict[str, tuple[Any, bool]] = {}
    for name, parameter in parameters.items():
        if parameter.kind in _VARIADIC:
            raise UnsupportedError(_("it takes any number of arguments (`{name}`)", name=name))
        if name not in hints:
            raise UnsupportedError(_("parameter `{name}` has no type", name=name))
        annotation = hints[name]
        if parameter.default is None:
            annotation = typing.Optional[annotation]  # noqa: UP045  # `|` takes no strings and no special forms
        try:
            schema_of(annotation)
        except UnsupportedError as error:
            raise UnsupportedError(
                _("parameter `{name}` has a type without a JSON schema: {reason}", name=name, reason=error)
            ) from error
        fields[name] = (annotation, parameter.default is inspect.Parameter.empty)
    return fields


def _call(module: ModuleType, name: str, arguments: dict[str, Any]) -> tuple[str, str]:
    """Return how the call went, and its result."""
    function = _functions(module).get(name)
    if function is None:
        raise _FileError(_("the file no longer defines `{name}`", name=name))
    fields = _fields(function)
    try:
        given = {key: to_python(value, fields[key][0]) for key, value in arguments.items()}
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise _FileError(_("the arguments do not fit: {reason}", reason=error)) from error
    parameters = inspect.signature(function).parameters
    leading = [key for key in given if parameters[key].kind is inspect.Parameter.POSITIONAL_ONLY]
    sys.stdout = printed = io.StringIO()
    try:
        first = [given.pop(key) for key in leading]
        result = _collected(function(*first, **given))
        images = [_image_in(part) for part in _parts(result)]
    except BaseException as error:
        raise _FileError(_explain(error, Path(module.__file__ or ""))) from error
    if any(images):
        return ILLUSTRATED, json.dumps([_written_part(*both) for both in zip(_parts(result), images, strict=True)])
    return DONE, bound_text(_text_of(result) if result is not None else printed.getvalue())


def _collected(result: Any) -> Any:
    """Wait for what is asynchronous, and collect what comes one by one."""
    if inspect.isgenerator(result):
        return list(result)
    if not (inspect.iscoroutine(result) or inspect.isasyncgen(result)):
        return result
    import asyncio  # it takes longer than all others together

    async def collect() -> Any:
        return await result if inspect.iscoroutine(result) else [item async for item in result]

    return asyncio.run(collect())


def _parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, list | tuple) else [result]


def _image_in(value: Any) -> bytes:
    """Return the image that *value* is, or can show as notebooks do; nothing if it is none."""
    is_object = not isinstance(value, type)
    if is_object and callable(save := getattr(value, "savefig", None)):  # a figure of Matplotlib
        save(buffer := io.BytesIO(), format="png")
        value = buffer.getvalue()
    elif is_object and callable(show := getattr(value, "_repr_png_", None)):  # a picture of Pillow
        value = show()
    return bytes(value) if isinstance(value, bytes | bytearray) and _IMAGE.match(value) else b""


def _written_part(value: Any, image: bytes) -> dict[str, str]:
    return {"image": base64.b64encode(image).decode()} if image else {"text": bound_text(_text_of(value))}


def _text_of(result: Any) -> str:
    if isinstance(result, str):
        return result
    if isinstance(result, bytes):
        return result.decode(errors="replace")
    written = _written(result) or _words(result)
    return json.loads(written) if written.startswith('"') else written  # a date, a path or a decimal number is text


def _written(value: Any) -> str | None:
    """Return *value* as JSON, None if it cannot be written."""
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError, RecursionError):
        return None


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if callable(dump := getattr(value, "model_dump", None)):
        return dump()
    return _words(value)
