from pathlib import Path

import templates


def template_folder() -> str:
    """Where the shared templates are, in a checkout and in an installed wheel alike."""
    return str(Path(templates.__file__ or "").parent)
