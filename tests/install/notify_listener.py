"""A stub of a service manager's notify socket: prints each datagram with its sender's pid, as reported
by the kernel.

    python3 notify_listener.py ADDRESS [--blocked]

ADDRESS is a path, or @NAME for an abstract socket. Prints "ready" first, and runs until it is
killed. With --blocked it never reads from the socket.
"""
import json
import signal
import socket
import struct
import sys
import time

address = sys.argv[1]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
listener.bind("\0" + address[1:] if address.startswith("@") else address)
print("ready", flush=True)
while "--blocked" in sys.argv:
    signal.pause()
while True:
    data, ancillary, _, _ = listener.recvmsg(65536, 1024)
    credentials = [value for _, kind, value in ancillary if kind == socket.SCM_CREDENTIALS]
    pid = struct.unpack("iii", credentials[0])[0]
    message = {"ms": time.monotonic() * 1000, "pid": pid, "lines": data.decode().split("\n")}
    print(json.dumps(message), flush=True)
