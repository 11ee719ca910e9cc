"""A scripted FTP control conversation over any pair of byte pipes."""

import re
import select
import time


class Closed(Exception):
    """The other side ended the conversation."""


class Conversation:
    """Sends lines and reads whole replies. Every read has a bound."""

    def __init__(self, receive, send, fileno, pending=lambda: 0, patience=60.0):
        self.receive, self.send_bytes, self.fileno, self.pending = receive, send, fileno, pending
        self.patience = patience
        self.buffer = b""

    def send(self, line):
        """Sends one command."""
        self.send_bytes(line.encode() + b"\r\n")

    def more(self, end):
        """Reads what there is until `end` (monotonic seconds)."""
        while not self.pending():
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fileno], [], [], left)[0]:
                raise TimeoutError(f"no reply; received so far: {self.buffer!r}")
            break
        data = self.receive(65536)
        if not data:
            raise Closed(f"closed by the other side; received so far: {self.buffer!r}")
        self.buffer += data

    def reply(self, patience=None):
        """The next whole reply as (code, text); a multi-line text keeps its line ends."""
        end = time.monotonic() + (patience or self.patience)
        lines = []
        while True:
            while b"\n" not in self.buffer:
                self.more(end)
            line, _, self.buffer = self.buffer.partition(b"\n")
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            lines.append(text)
            code = lines[0][:3]
            if re.match(rf"{re.escape(code)} ", text) or text == code:
                return int(code), "\n".join(lines)

    def command(self, line, patience=None):
        """Sends a command and returns its reply."""
        self.send(line)
        return self.reply(patience)

    def expect(self, line, *codes):
        """Sends a command whose reply must have one of `codes`; returns the reply's text."""
        code, text = self.command(line)
        assert code in codes, f"{line!r} was answered {text!r}, wanted {codes}"
        return text

    def closed(self, patience=60.0):
        """True when the other side ends the conversation without another byte."""
        try:
            self.more(time.monotonic() + patience)
        except Closed:
            return True
        except ConnectionError:
            return True
        return False


def passive_port(text):
    """The port that a 227 or 229 reply names."""
    if text.startswith("229"):
        return int(re.search(r"\(\|\|\|(\d+)\|\)", text)[1])
    numbers = [int(number) for number in re.search(r"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", text).groups()]
    return numbers[4] * 256 + numbers[5]


def passive_address(text):
    """The address that a 227 reply names."""
    return ".".join(re.search(r"(\d+),(\d+),(\d+),(\d+),\d+,\d+", text).groups())
