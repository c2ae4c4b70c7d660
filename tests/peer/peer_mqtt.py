"""The MQTT client against a real Mosquitto."""
import os
import shutil
import subprocess
import sys
import unittest

from broker import Broker, free_port

DRIVER = sys.argv.pop(1)
LONG = 60  # seconds; only a broken run waits so long


class Driver:
    def __init__(self, url, *rest, **secrets):
        self.process = subprocess.Popen([DRIVER, url, *rest], stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, env={**os.environ, **secrets})

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def until(self, start):
        """The next line that starts so; others are passed over."""
        for line in self.process.stdout:
            if line.startswith(start):
                return line.rstrip("\n")
        raise AssertionError("the driver ended before: " + start)

    def end(self):
        self.say("quit")
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(LONG)


class Mqtt(unittest.TestCase):
    def setUp(self):
        self.broker = None

    def tearDown(self):
        if self.broker:
            self.broker.close()

    def open(self, *lines, **options):
        self.broker = Broker(lines, **options)
        return f"mqtt://127.0.0.1:{self.broker.port}"

    def test_there_and_back(self):
        driver = Driver(self.open())
        driver.until("up")
        driver.say("sub maison/+/SENSOR")
        self.assertEqual(driver.until("sub"), "sub OHM_OK")
        driver.say("pub maison/salon/SENSOR {\"t\":21.5}")
        self.assertEqual(driver.until("message"), "message maison/salon/SENSOR 0 {\"t\":21.5}")
        driver.say("sub maison/+x")
        self.assertEqual(driver.until("sub"), "sub OHM_BAD_FORMAT")
        driver.say("pub maison/#/a 1")
        self.assertEqual(driver.until("pub"), "pub OHM_BAD_FORMAT")
        self.assertEqual(driver.end(), 0)

    def test_retained_is_told(self):
        driver = Driver(self.open())
        driver.until("up")
        driver.say("keep a/b 7")
        driver.until("keep OHM_OK")
        driver.say("sub a/#")
        self.assertEqual(driver.until("message"), "message a/b 1 7")
        self.assertEqual(driver.end(), 0)

    def test_a_broker_that_goes_and_comes_back(self):
        driver = Driver(self.open())
        driver.until("up")
        driver.say("sub x")
        driver.until("sub OHM_OK")
        self.broker.stop()
        driver.until("lost")
        self.assertTrue(self.broker.start(), self.broker.log())
        driver.until("up")
        # The subscription is asked for again by itself; that it is in force is shown by an echo.
        driver.say("pub x 1")
        driver.say("pub x 2")
        self.assertTrue(driver.until("message x 0"))
        self.assertEqual(driver.end(), 0)

    def test_nobody_there(self):
        driver = Driver(f"mqtt://127.0.0.1:{free_port()}")
        self.assertEqual(driver.until("down"), "down Connection refused")
        driver.say("pub a b")
        self.assertEqual(driver.until("pub"), "pub OHM_BUSY")
        self.assertEqual(driver.end(), 0)

    def test_passwords(self):
        folder = None
        tool = shutil.which("mosquitto_passwd", path=os.environ["PATH"] + ":/usr/sbin")
        self.broker = Broker()
        folder = self.broker.folder
        self.broker.stop()
        path = os.path.join(folder, "users")
        subprocess.run([tool, "-b", "-c", path, "ohm", "right"], check=True)
        os.chmod(path, 0o644)
        os.chmod(folder, 0o755)
        self.broker.lines, self.broker.anonymous = [f"password_file {path}"], False
        self.assertTrue(self.broker.start(), self.broker.log())
        url = f"mqtt://127.0.0.1:{self.broker.port}"
        for word, want in (("right", "up"), ("wrong", "down the broker")):
            driver = Driver(url, MQTT_USER="ohm", MQTT_PASSWORD=word)
            self.assertTrue(driver.until(want), word)
            self.assertEqual(driver.end(), 0)

    def test_certificates(self):
        self.broker = Broker()
        self.broker.stop()
        folder = self.broker.folder
        key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
                        "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        for path in (folder, key, certificate):
            os.chmod(path, 0o755)
        self.broker.lines = [f"cafile {certificate}", f"certfile {certificate}", f"keyfile {key}"]
        self.assertTrue(self.broker.start(), self.broker.log())
        url = f"mqtts://127.0.0.1:{self.broker.port}"
        driver = Driver(url, certificate)
        driver.until("up")
        self.assertEqual(driver.end(), 0)
        driver = Driver(url)  # not one that the machine trusts
        driver.until("down")
        self.assertEqual(driver.end(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
