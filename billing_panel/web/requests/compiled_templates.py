"""Templates that were compiled once are read by every process, after every start.

To compile its templates is most of what the first page of a kind takes, 0.1 to 0.3 s in each
process. What is kept in ``home`` is code: it is signed, and what this installation did not write
is compiled anew. It is found by all it is made of: the text, how filters are called, Jinja.
"""

import hmac
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import jinja2
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from typing_extensions import override

from billing_panel.kernel.process.config import Config

PURPOSE = b"compiled templates"
SIGNATURE_BYTES = 32


def install(app: Flask, config: Config) -> None:
    """Once its filters and extensions are known."""
    environment = app.jinja_env
    # else values that filters gave would be part of the code
    environment.optimized = False
    made_of = (
        jinja2.__version__,
        sorted(environment.extensions),
        *map(_how_called, (environment.filters, environment.tests)),
    )
    environment.bytecode_cache = _Kept(config.home / "templates", config.secret_key, repr(made_of))


def _how_called(functions: Mapping[str, Callable[..., Any]]) -> list[tuple[str, str]]:
    return sorted(
        (name, str(getattr(function, "jinja_pass_arg", ""))) for name, function in functions.items()
    )


class _Kept(BytecodeCache):
    """A file a template, written as a whole; where none can be written, pages do without."""

    def __init__(self, folder: Path, secret_key: str, made_of: str) -> None:
        self._folder = folder
        self._key = hmac.digest(secret_key.encode(), PURPOSE, "sha256")
        self._made_of = made_of

    @override
    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(self._made_of + source)

    @override
    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            kept = (self._folder / bucket.key).read_bytes()
            signature, code = kept[:SIGNATURE_BYTES], kept[SIGNATURE_BYTES:]
            if hmac.compare_digest(signature, self._signature(code)):
                bucket.load_bytecode(BytesIO(code))

    @override
    def dump_bytecode(self, bucket: Bucket) -> None:
        code = bucket.bytecode_to_string()
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with NamedTemporaryFile(dir=self._folder, delete=False) as file:
                temporary = Path(file.name)
                try:
                    file.write(self._signature(code) + code)
                    file.flush()
                    temporary.replace(self._folder / bucket.key)
                except OSError:
                    temporary.unlink(missing_ok=True)

    def _signature(self, code: bytes) -> bytes:
        return hmac.digest(self._key, code, "sha256")
