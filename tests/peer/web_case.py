"""A demo house of its own for every test of the HTTP API."""
import unittest

from web_client import Host

OVERRIDE = "/api/v1/loads/water_heater/override"
NOW = "2026-11-22T11:00:00Z"


class Case(unittest.TestCase):
    options = ["demo"]

    def setUp(self):
        self.host = Host(*self.options)

    def tearDown(self):
        self.host.close()

    def load(self, name="water_heater"):
        loads = self.host.ask("GET", "/api/v1/state").json()["loads"]
        return next(load for load in loads if load["id"] == name)
