"""A mail server in this process, as RFC 5321 says, which keeps what it is given."""

import base64
import socketserver
import threading
from email import message_from_bytes
from email.message import Message
from typing import Self


class MailServer:
    """A mail server on a free port, as a context manager."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.logins: list[str] = []
        self.refuses = False
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 ready")
                while line := self.rfile.readline():
                    outer._answer(line.decode().strip(), self)

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _answer(self, command: str, connection: socketserver.StreamRequestHandler) -> None:
        def say(text: str) -> None:
            connection.wfile.write(f"{text}\r\n".encode())

        word = command.split(" ")[0].upper()
        if word == "EHLO":
            say("250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME")
        elif word == "AUTH":
            self.logins.append(base64.b64decode(command.split(" ")[2]).decode())
            say("235 welcome")
        elif word == "DATA" and self.refuses:
            say("451 come again")
        elif word == "DATA":
            say("354 go on")
            lines = []
            while (line := connection.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            self.messages.append(message_from_bytes(b"".join(lines)))
            say("250 kept")
        else:
            say("221 bye" if word == "QUIT" else "250 fine")
