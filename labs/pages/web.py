"""One HTML file that holds all it shows, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from PIL import Image

from labs.pages.values import column_names, is_number, show

LARGEST_PICTURE = 300_000
"""Bytes of a picture packed without loss; hundreds of lines that shine through need more."""
WIDEST = 2400
"""Pixels of a picture packed with loss; a page shows it on at most 960."""
FOLDER = Path(__file__).parent / "html"
ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def _text(*names: str) -> str:
    return "".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


def render(template: str, scripts: tuple[str, ...], data: Mapping[str, Any], **context: Any) -> str:
    """Return a page.

    Args:
        template: File of `labs/pages/html` that extends `layout.html`.
        scripts: Files beside it, in order; they become one script.
        data: What the scripts read, by the ids of the elements that hold it.
        **context: What the template shows; all of it comes out as text.
    """
    style, script = _text("page.css"), _text(*scripts)
    return ENVIRONMENT.get_template(template).render(
        context,
        policy=f"default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_hash(style)}; script-src {_hash(script)}",
        style=Markup(style),
        script=Markup(script),
        data=data,
    )


def picture(path: Path, caption: str) -> dict[str, Any]:
    """Return a PNG file as `parts.picture` shows it, with the GIF file of the same name if any.

    Raises:
        ValueError: If it is none.
    """
    data, (width, height) = _embedded(path, path.stat().st_mtime_ns)
    shown = {"caption": caption, "data": data, "width": width, "height": height}
    moving = path.with_suffix(".gif")
    if moving.is_file():
        shown["animation"] = _animated(moving, moving.stat().st_mtime_ns)
    return shown


@lru_cache(maxsize=32)
def _embedded(path: Path, modified: int) -> tuple[str, tuple[int, int]]:
    """Return a picture as an address and its size; WebP keeps each pixel in a third of the bytes.

    A page that is written again while a run goes on does not pack its pictures again.
    """
    return data_address(path.read_bytes())


def data_address(content: bytes) -> tuple[str, tuple[int, int]]:
    """Return the picture of a PNG file's bytes as an address, and its width and height."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as file:
            packed, size = io.BytesIO(), file.size
            image = file.convert("RGB")
            image.save(packed, "WEBP", lossless=True, method=2)
            if packed.tell() > LARGEST_PICTURE:
                packed = io.BytesIO()
                image.thumbnail((WIDEST, WIDEST))
                image.save(packed, "WEBP", quality=80)
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"expected a PNG file, got another ({error})") from error
    return _address(packed), size


@lru_cache(maxsize=4)
def _animated(path: Path, modified: int) -> str:
    with Image.open(path, formats=("GIF",)) as file:
        packed = io.BytesIO()
        file.save(packed, "WEBP", save_all=True, lossless=True, method=2)
    return _address(packed)


def _address(packed: io.BytesIO) -> str:
    return f"data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}"


def table(
    title: str,
    rows: list[dict[str, Any]],
    formats: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return a table as `parts.table` shows it.

    Args:
        title: Its caption.
        rows: One mapping of column name to value per row.
        formats: How columns are shown, see `RunRecord.add_table`.
    """
    formats, columns = formats or {}, column_names(rows)
    return {
        "title": title,
        "columns": [
            {
                "name": name,
                "number": all(is_number(r[name]) for r in rows if r.get(name) is not None),
            }
            for name in columns
        ],
        "cells": [[show(row.get(name), formats.get(name, "")) for name in columns] for row in rows],
    }


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
