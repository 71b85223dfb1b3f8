"""As much of the WebDriver protocol as the page checks need, spoken to chromedriver on this machine."""

from __future__ import annotations

import base64
import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import httpx

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip


class Browser:
    """One window."""

    def __init__(self, client: httpx.Client, session: str) -> None:
        self._client = client
        self._session = f"/session/{session}"

    def _ask(self, method: str, path: str, **body: object) -> Any:
        sent = body if method == "POST" else None
        answer = self._client.request(method, self._session + path, json=sent).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise AssertionError(f"{answer['error']}: {answer['message'].splitlines()[0]}")
        return answer

    def open(self, address: str, *, width: int = 1100, height: int = 1000) -> None:
        self._ask("POST", "/window/rect", width=width, height=height)
        self._ask("POST", "/url", url=address)

    def run(self, script: str, *arguments: object) -> Any:
        """The value of ``return …`` in the page or frame in hand."""
        return self._ask("POST", "/execute/sync", script=script, args=list(arguments))

    def size(self, width: int, height: int = 900, *, scale: float = 1) -> None:
        """How large pages are laid out from now on; a window of its own is never narrower than 500 pixels."""
        said = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", **said)

    def prefer(self, scheme: str) -> None:
        """Which colours the system prefers; empty gives back its own."""
        said = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", features=said)

    def cut_off(self, *, cut: bool = True) -> None:
        """Take the network from the window, or give it back."""
        self.command("Network.enable")
        said = {"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.command("Network.emulateNetworkConditions", **said)

    def picture(self) -> bytes:
        """The whole page in hand as a PNG, however tall."""
        wide, tall = self.run("return [innerWidth, document.body.offsetHeight]")
        clip = {"x": 0, "y": 0, "width": wide, "height": tall, "scale": 1}
        found = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(found["data"])

    def command(self, name: str, **said: object) -> Any:
        """A command of the browser's own protocol, for what WebDriver has no word for."""
        return self._ask("POST", "/goog/cdp/execute", cmd=name, params=said)

    def before(self, script: str) -> None:
        """Run a script in every page to come, before the page's own: for the clock and the timers."""
        self.command("Page.addScriptToEvaluateOnNewDocument", source=script)

    def into_frame(self, number: int | None) -> None:
        """Into the page's frame of that number, or back to the page."""
        self._ask("POST", "/frame", id=number)

    def until(self, script: str, *, seconds: float = 8.0) -> Any:
        """The first true value of the script."""
        end = time.monotonic() + seconds
        while True:
            found = self.run(script)
            if found or time.monotonic() > end:
                assert found, f"never true: {script}"
                return found
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """As a pointer does it: the element is scrolled to, and must not be covered."""
        found = self._ask("POST", "/element", using="css selector", value=selector)
        self._ask("POST", f"/element/{next(iter(found.values()))}/click")

    def press(self, *keys: str) -> None:
        """Keys one after another, as a keyboard sends them to whatever has the focus."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])

    def complaints(self) -> list[str]:
        """What the console has said of errors since it was asked last."""
        said = self._ask("POST", "/se/log", type="browser")
        return [line["message"] for line in said if line["level"] == "SEVERE"]


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A headless browser with an empty profile, for the length of a test."""
    program = shutil.which("chromedriver")
    assert program, "run scripts/browser.sh first"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as profile:
        driver = subprocess.Popen([program, f"--port={port}"], stdout=subprocess.DEVNULL)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
        try:
            session = _session(client, profile)
            yield Browser(client, session)
            client.delete(f"/session/{session}")
        finally:
            client.close()
            driver.terminate()
            driver.wait()


def _session(client: httpx.Client, profile: str) -> str:
    for _ in range(100):
        with contextlib.suppress(httpx.TransportError):
            if client.get("/status").json()["value"]["ready"]:
                break
        time.sleep(0.05)
    options = {"args": [*FLAGS, f"--user-data-dir={profile}"]}
    wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    answer = client.post("/session", json={"capabilities": {"alwaysMatch": wanted}}).json()["value"]
    return str(answer["sessionId"])
