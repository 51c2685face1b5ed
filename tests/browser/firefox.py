"""Debian's Firefox under WebDriver BiDi: its own protocol over a WebSocket (Jupyter's client), no driver in between."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websocket import WebSocket, create_connection

#: It asks for nothing on its own, and file:// pages may read their folder.
PREFERENCES = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
ADDRESS = "WebDriver BiDi listening on "
SECONDS = 300


class Firefox:
    """One tab."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket, self._asked = socket, 0
        self.version = self._ask("session.new", capabilities={})["capabilities"]["browserVersion"]
        self._tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def _ask(self, method: str, **params: object) -> dict:
        self._asked += 1
        self._socket.send(json.dumps({"id": self._asked, "method": method, "params": params}))
        while (heard := json.loads(self._socket.recv())).get("id") != self._asked:
            pass  # an event
        assert heard["type"] == "success", f"{method}: {heard.get('message')}"
        return heard["result"]

    def open(self, path: Path) -> None:
        """Returns when the page is complete."""
        self._ask("browsingContext.navigate", context=self._tab, url=path.as_uri(), wait="complete")

    def evaluate(self, expression: str) -> object:
        """The value of an expression, or what it promises, as JSON has it."""
        asked = f"(async () => JSON.stringify(await ({expression})))()"
        found = self._ask("script.evaluate", expression=asked, target={"context": self._tab}, awaitPromise=True)
        assert found["type"] == "success", found["exceptionDetails"]["text"]
        return json.loads(found["result"]["value"])


@contextmanager
def firefox(program: str, profile: Path) -> Iterator[Firefox]:
    """Start it with an empty profile, and end it."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    log = profile / "log"
    with log.open("w") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            socket = create_connection(_address(log) + "/session", timeout=SECONDS, suppress_origin=True)
            yield Firefox(socket)
            socket.close()
        finally:
            process.terminate()


def _address(log: Path) -> str:
    for _ in range(10 * SECONDS):
        if ADDRESS in (text := log.read_text(encoding="utf-8", errors="replace")):
            return text.split(ADDRESS, 1)[1].split()[0]
        time.sleep(0.1)
    raise TimeoutError(f"Firefox did not say where it listens:\n{log.read_text(encoding='utf-8', errors='replace')}")


def find_firefox() -> str | None:
    """Its path, where it is installed."""
    return shutil.which("firefox-esr") or shutil.which("firefox")
