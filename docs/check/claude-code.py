#!/usr/bin/env python3
"""Runs the published Claude Code client with the settings that Sluice serves, against a running stack.

    npm install --prefix DIR @anthropic-ai/claude-code
    ./sluice up --detach
    docs/check/claude-code.py --claude DIR/node_modules/.bin/claude --admin-token ~/.sluice/admin.token

Needs Python 3.9 or newer, git, curl. The model is a stand-in in this process, so nothing leaves the machine and nothing is paid; the
client sees a temporary home folder only. It works in an organization of its own, which stays in the stack. Prints what was
seen, and ends with 1 if anything was not as it should be.
"""
import argparse
import fcntl
import http.client
import http.server
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.error
import urllib.request

USER = "kim@example.com"
HOST = "127.0.0.1"


class Model(http.server.BaseHTTPRequestHandler):
    """Stand-in for the Messages API. Each answer is taken from `answers`; the last one is repeated."""

    protocol_version = "HTTP/1.1"
    requests = 0
    answers = [[{"type": "text", "text": "Hello."}]]
    before_answer = None

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        if not self.path.startswith("/v1/messages") or "count_tokens" in self.path:
            return self.reply("application/json", b'{"input_tokens": 100}')
        cls = type(self)
        cls.requests += 1
        if cls.before_answer:
            cls.before_answer()
        # Only the conversation itself has tools; titles and the like get text.
        blocks = [{"type": "text", "text": "ok"}]
        if body.get("tools"):
            blocks = cls.answers.pop(0) if len(cls.answers) > 1 else cls.answers[0]
        message = {
            "id": f"msg_{time.time_ns()}",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", "claude-sonnet-4-5"),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 5000, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0, "output_tokens": 1},
        }
        stop = "tool_use" if any(b["type"] == "tool_use" for b in blocks) else "end_turn"
        output = {"output_tokens": 2000}
        if not body.get("stream"):
            message.update(content=blocks, stop_reason=stop)
            message["usage"].update(output)
            return self.reply("application/json", json.dumps(message).encode())
        events = [{"type": "message_start", "message": message}]
        for i, block in enumerate(blocks):
            if block["type"] == "text":
                start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
            else:
                start = {**block, "input": {}}
                delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            events += [
                {"type": "content_block_start", "index": i, "content_block": start},
                {"type": "content_block_delta", "index": i, "delta": delta},
                {"type": "content_block_stop", "index": i},
            ]
        events += [{"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": output}, {"type": "message_stop"}]
        self.reply("text/event-stream", "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode())

    def do_GET(self):
        self.reply("application/json", b'{"type": "error", "error": {"type": "not_found_error", "message": "stand-in"}}', 404)

    do_HEAD = do_GET

    def reply(self, kind, body, status=200):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("request-id", f"req_{time.time_ns()}")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


class Sluice:
    def __init__(self, address, token):
        self.address, self.token = address, token

    def call(self, method, path, body=None, **headers):
        request = urllib.request.Request(self.address + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", "Bearer " + self.token)
        request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")
        return json.loads(text) if text.startswith("{") else text

    def token_for(self, organization, *scopes):
        return self.call("POST", "/v1/tokens", {"name": "check", "organization": organization, "scopes": list(scopes)})["token"]

    def limit(self, cents):
        self.call("POST", "/v1/organizations/spend_limits", {"scope": {"type": "user", "user_id": USER}, "amount": str(cents)})

    def settings(self, **values):
        self.call("PATCH", "/v1/caps/settings", values)


class Client:
    """The real client in a home and a work folder of its own."""

    def __init__(self, binary, folder, model_port):
        self.binary, self.home, self.work = binary, os.path.join(folder, "home"), os.path.join(folder, "work")
        os.makedirs(self.home)
        os.makedirs(self.work)
        subprocess.run(["git", "init", "-q", self.work], check=True)
        # What the client asks at its first start.
        with open(os.path.join(self.home, ".claude.json"), "w") as file:
            json.dump({"hasCompletedOnboarding": True, "theme": "dark", "projects": {self.work: {"hasTrustDialogAccepted": True}}}, file)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": self.home,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "ANTHROPIC_BASE_URL": f"http://{HOST}:{model_port}",
            "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-stand-in",
            "CLAUDE_CODE_USER_EMAIL": USER,
            "CLAUDE_CODE_ACCOUNT_UUID": "a1a1a1a1-0000-4000-8000-000000000001",
            "CLAUDE_CODE_ORGANIZATION_UUID": "11111111-1111-4111-8111-111111111111",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }

    def prompt(self, settings, *arguments):
        """Runs one prompt; answers with the lines of its output, and how many requests reached the model."""
        before = Model.requests
        done = subprocess.run(
            [self.binary, "-p", "Say hello", "--output-format", "stream-json", "--verbose", "--settings", settings, *arguments],
            cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if not lines:
            sys.exit(f"the client ended with {done.returncode}: {done.stderr}")
        return lines, Model.requests - before

    def screen(self, settings, pattern, seconds):
        """Starts the client in a terminal, and waits for something on it; answers with the match and when it came."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.work)
            os.execve(self.binary, [self.binary, "--settings", settings], self.environment)
        os.set_blocking(terminal, False)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 160, 0, 0))
        start, seen, found = time.monotonic(), "", None
        try:
            while not found and time.monotonic() < start + seconds:
                if select.select([terminal], [], [], 1)[0]:
                    try:
                        seen += os.read(terminal, 65536).decode(errors="replace")
                    except OSError:
                        break
                    # Words are moved apart by the cursor, not by spaces.
                    plain = re.sub(r"\x1b\[\d*C", " ", seen)
                    plain = re.sub(r"\x1b\[[0-9;?>=]*[A-Za-z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[()=>78]\w?", "", plain)
                    found = re.search(pattern, plain)
        finally:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
            os.close(terminal)
        if not found:
            print("the last of the screen:", repr(plain[-2000:]) if seen else "nothing", file=sys.stderr)
        return found and found.group(0), time.monotonic() - start


failures = []


def check(what, right, seen):
    print(("ok      " if right else "WRONG   ") + what + ": " + str(seen), flush=True)
    if not right:
        failures.append(what)


def until(condition, seconds=60):
    """The first answer that is true, and how long it took."""
    start = time.monotonic()
    while time.monotonic() < start + seconds:
        answer = condition()
        if answer:
            return answer, time.monotonic() - start
    return None, time.monotonic() - start


def messages(lines):
    return " ".join(str(line.get("content") or line.get("result") or "") for line in lines if line["type"] in ("system", "result"))


def latency(address, token, method, path, body, headers, count=2000):
    connection = http.client.HTTPConnection(address.split("//")[1], timeout=10)
    times = []
    for _ in range(count):
        start = time.perf_counter()
        connection.request(method, path, body, {"Authorization": "Bearer " + token, "X-Sluice-User": USER, **headers})
        response = connection.getresponse()
        response.read()
        times.append((time.perf_counter() - start) * 1000)
        if response.status != 200:
            sys.exit(f"{path}: {response.status}")
    times.sort()
    return f"p50 {times[count // 2]:.2f} ms, p99 {times[count * 99 // 100]:.2f} ms, worst {times[-1]:.2f} ms of {count}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claude", required=True, help="the client's executable")
    parser.add_argument("--admin-token", required=True, help="file with a token of scope admin of the default organization")
    parser.add_argument("--rest", default="http://127.0.0.1:8080", help="address of Sluice's REST API")
    options = parser.parse_args()
    claude = os.path.abspath(options.claude)
    with open(os.path.expanduser(options.admin_token)) as file:
        operator = Sluice(options.rest, file.read().strip())

    organization = f"check-{int(time.time())}"
    admin = Sluice(options.rest, operator.token_for(organization, "admin"))
    ingest, budget = operator.token_for(organization, "ingest"), operator.token_for(organization, "budget:self")
    me = Sluice(options.rest, budget)
    folder = tempfile.mkdtemp(prefix="sluice-check-")

    def served(name, query=""):
        text = json.dumps(admin.call("GET", "/v1/claude-code/settings" + query), indent=1)
        text = text.replace("REPLACE_WITH_INGEST_TOKEN", ingest).replace("REPLACE_WITH_BUDGET_TOKEN", budget)
        path = os.path.join(folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def spent():
        return me.call("GET", "/v1/budgets/me", X_Sluice_User=USER)["spent_micros"]

    def line():
        return me.call("GET", "/v1/budgets/me", X_Sluice_User=USER, Accept="text/plain").strip()

    def verdict():
        return me.call("POST", "/v1/claude-code/hooks/prompt", {"hook_event_name": "UserPromptSubmit", "prompt": "x"}, X_Sluice_User=USER)

    model = http.server.ThreadingHTTPServer((HOST, 0), Model)
    threading.Thread(target=model.serve_forever, daemon=True).start()
    client = Client(claude, folder, model.server_port)
    version = subprocess.run([claude, "--version"], env=client.environment, capture_output=True, text=True).stdout.strip()
    print(f"client {version}, organization {organization}")
    try:
        settings = served("settings.json")
        admin.limit(100_000)
        lines, requests = client.prompt(settings)
        result = lines[-1]
        check("below the limit the prompt goes through", requests > 0 and result.get("num_turns") == 1, f"{requests} requests")
        cost = round(result["total_cost_usd"] * 1_000_000)
        _, seconds = until(lambda: spent() == cost)
        check("the budget has what the client says it cost", spent() == cost, f"{spent()} of {cost} micro-USD, {seconds:.1f} s after its end")

        expected = line()
        unknown = "Budget: not known yet"
        # The terminal is given only what changes: of the longer line what comes after the shorter one.
        shown, seconds = client.screen(settings, re.escape(expected[len(unknown):]), 60)
        check("the first status line is renewed by itself", shown, f"{shown!r} after {seconds:.0f} s")
        shown, seconds = client.screen(settings, re.escape(expected), 60)
        check("the status line shows the remaining amount", shown == expected, f"{shown!r} {seconds:.1f} s after the start of the client")

        admin.settings(enforcement="block")
        admin.limit(1)
        lines, requests = client.prompt(settings)
        told = messages(lines)
        check("at the limit a blocked prompt sends no request", requests == 0 and "monthly limit is $0.01" in told, f"{requests} requests; {told}")
        admin.settings(enforcement="warn")
        lines, requests = client.prompt(settings)
        told = messages(lines)
        check("with warn it is sent, and warned", requests > 0 and "at the limit" in told, f"{requests} requests; {told}")

        admin.settings(enforcement="block")
        if not verdict().get("decision"):
            check("blocked again", False, verdict())
        admin.limit(100_000)
        _, seconds = until(lambda: verdict() == {})
        lines, requests = client.prompt(settings)
        check("after a raise it works again within a second", seconds < 1 and requests > 0, f"{seconds * 1000:.0f} ms; {requests} requests")

        tool = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "touch ran", "description": "Touch"}}
        Model.answers = [[tool], [{"type": "text", "text": "Done."}]]
        Model.before_answer = lambda: admin.limit(1)
        lines, requests = client.prompt(settings, "--allowedTools", "Bash")
        Model.before_answer = None
        Model.answers = [[{"type": "text", "text": "Hello."}]]
        ran = os.path.exists(os.path.join(client.work, "ran"))
        check("a limit reached within a turn stops the tool and the turn", not ran and requests == 1, f"{requests} requests, tool ran: {ran}, {lines[-1].get('terminal_reason')}")

        nowhere = "?address=http://127.0.0.1:9"
        lines, requests = client.prompt(served("open.json", nowhere))
        check("nobody answers, open: it goes through", requests > 0, f"{requests} requests")
        admin.settings(unreachable="closed")
        lines, requests = client.prompt(served("closed.json", nowhere))
        check("nobody answers, closed: it is blocked", requests == 0, f"{requests} requests; {messages(lines)}")

        admin.settings(unreachable="open", enforcement="warn")
        with open(settings) as file:
            text = file.read()
        silent, forged = os.path.join(folder, "silent.json"), os.path.join(folder, "forged.json")
        with open(silent, "w") as file:
            file.write(json.dumps({**json.loads(text), "disableAllHooks": True}))
        with open(forged, "w") as file:
            file.write(text.replace("${CLAUDE_CODE_USER_EMAIL}", "somebody-else@example.com"))
        for kind, file in {"identity-mismatch": forged, "prompt-without-hook": silent}.items():
            session = client.prompt(file)[0][-1]["session_id"]

            def alert():
                # Time goes on with what is received.
                if int(time.monotonic()) % 15 == 0:
                    client.prompt(settings)
                time.sleep(0.5)
                alerts = admin.call("GET", f"/v1/alerts?status=firing&kind={kind}")["data"]
                return [each for each in alerts if each["scope"]["session_id"] == session]

            alerts, seconds = until(alert, 240)
            others = admin.call("GET", f"/v1/alerts?kind={kind}")["data"]
            check(kind, alerts and len(others) == 1, f"{alerts} of {len(others)} after {seconds:.0f} s")

        hook = json.dumps({"hook_event_name": "UserPromptSubmit", "prompt": "x" * 2000})
        for name, call in {
            "hook": ("POST", "/v1/claude-code/hooks/prompt", hook, {"Content-Type": "application/json"}),
            "status line": ("GET", "/v1/budgets/me", None, {"Accept": "text/plain"}),
        }.items():
            latency(options.rest, budget, *call, count=500)
            print(f"        {name}: {latency(options.rest, budget, *call)}")
    finally:
        model.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
    if failures:
        sys.exit(f"{len(failures)} not as they should be")


main()
