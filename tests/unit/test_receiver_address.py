"""Where a webhook may go: public addresses, by https, however they are written."""

from ipaddress import ip_address, ip_network

import pytest

from plugins.webhooks.endpoints.receiver_address import (
    BadReceiver,
    Receiver,
    is_own,
    is_reachable,
    read_receiver,
)

OWN = (ip_network("10.20.0.0/16"), ip_network("fd00:20::/32"))


@pytest.mark.parametrize(
    ("url", "receiver"),
    [
        (
            "https://crm.example.com",
            Receiver(secure=True, host="crm.example.com", port=443, target="/"),
        ),
        (
            "https://CRM.example.com:8443/a?b=c",
            Receiver(secure=True, host="crm.example.com", port=8443, target="/a?b=c"),
        ),
        (
            "https://пример.рф/x",
            Receiver(secure=True, host="xn--e1afmkfd.xn--p1ai", port=443, target="/x"),
        ),
        (
            "https://93.184.216.34/",
            Receiver(secure=True, host="93.184.216.34", port=443, target="/"),
        ),
        (
            "https://[2606:2800:21f::1]/",
            Receiver(secure=True, host="2606:2800:21f::1", port=443, target="/"),
        ),
    ],
)
def test_an_address_is_read_as_the_network_knows_it(url: str, receiver: Receiver) -> None:
    assert read_receiver(url) == receiver


def test_a_request_names_its_host_with_a_port_that_is_not_usual() -> None:
    assert read_receiver("https://crm.example.com:443/").named == "crm.example.com"
    assert read_receiver("https://crm.example.com:8443/").named == "crm.example.com:8443"
    assert read_receiver("https://[2606:2800:21f::1]:8443/").named == "[2606:2800:21f::1]:8443"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "crm.example.com",
        "http://crm.example.com",
        "ftp://crm.example.com",
        "https://",
        "https://user:secret@crm.example.com/",
        "https://crm.example.com/#part",
        "https://crm.example.com/a b",
        "https://crm.example.com/й",
        "https://crm.example.com:22/",
        "https://crm.example.com:99999/",
        "https://crm.example.com:a/",
        "https://[::1",
        "https://a..b/",
        "https://" + "a" * 1000 + ".example.com/",
        # this machine and its neighbours, however they are written
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[ff02::1]/",
    ],
)
def test_what_is_no_public_https_address_is_refused_with_how_to_correct_it(url: str) -> None:
    with pytest.raises(BadReceiver) as refused:
        read_receiver(url)
    assert refused.value.said.sentence.endswith(".")


def test_networks_of_one_s_own_are_reached_where_the_installation_allows_them() -> None:
    assert read_receiver("http://10.20.3.4:8080/", OWN).port == 8080
    assert is_reachable(ip_address("10.20.3.4"), OWN)
    assert is_reachable(ip_address("::ffff:10.20.3.4"), OWN)
    assert is_reachable(ip_address("fd00:20::1"), OWN)
    assert not is_reachable(ip_address("10.21.3.4"), OWN)
    assert is_own(ip_address("10.20.3.4"), OWN)
    assert not is_own(ip_address("93.184.216.34"), OWN)
    with pytest.raises(BadReceiver):
        read_receiver("http://10.21.3.4:8080/", OWN)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:21f::1", "64:ff9b::5db8:d822"])
def test_public_addresses_are_reached(address: str) -> None:
    assert is_reachable(ip_address(address), ())
