"""Write the tables of docs/api.md from the endpoints as they are declared."""

from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from billing_panel.api.description.documentation_tables import with_tables
from billing_panel.api.endpoint_declaration import endpoints
from billing_panel.kernel.process.config import Config
from billing_panel.runtime.app import create_app

PAGE = Path(__file__).parent.parent / "docs" / "api.md"


def main() -> None:
    with TemporaryDirectory() as home:
        config = Config(home=Path(home), database_url="sqlite://", secret_key=token_hex())
        declared = endpoints(create_app(config))
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), declared), encoding="utf-8")


if __name__ == "__main__":
    main()
