from tests.unit.api_answers import client, pauses

__all__ = ["client", "pauses"]
