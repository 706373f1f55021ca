"""By which somebody signs in to shops that last as long as they are measured."""

STAFF_PASSWORD = "staff-of-a-measured-shop"  # noqa: S105
CLIENT_PASSWORD = "client-of-a-measured-shop"  # noqa: S105
