"""Names of registers differ from what clients call themselves; plainly another is told."""

import pytest

from billing_panel.tax.compare_registered_name import is_plainly_another


@pytest.mark.parametrize(
    ("name", "register_name"),
    [
        ("Rhein Labs GmbH", "RHEIN LABS GMBH"),
        ("Rhein-Labs", "RHEIN LABS GESELLSCHAFT MIT BESCHRÄNKTER HAFTUNG"),
        ("Café Zoé SARL", "SARL CAFE ZOE"),
        ("Novák, s.r.o.", "Novak s. r. o."),
        ("Балкан Медия", "БАЛКАН МЕДИЯ - ООД"),
        ("Texas Pixels", ""),
        # another alphabet tells nothing
        ("Balkan Media OOD", "БАЛКАН МЕДИЯ ООД"),
        ("Hetznar", "HETZNER ONLINE"),
        ("GmbH", "GMBH"),
    ],
)
def test_alike(name: str, register_name: str) -> None:
    assert not is_plainly_another(name, register_name)


@pytest.mark.parametrize(
    ("name", "register_name"),
    [
        ("Rhein Labs GmbH", "Müller Transporte GmbH"),
        ("Балкан Медия ООД", "СТРОЙ ИНВЕСТ ООД"),
        ("Elena Stoyanova", "KOWALSKI JAN"),
    ],
)
def test_plainly_another(name: str, register_name: str) -> None:
    assert is_plainly_another(name, register_name)
    assert is_plainly_another(register_name, name)
