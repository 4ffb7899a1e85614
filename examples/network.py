# Tries to talk to the network: there is none, and the result names the refused call.
import socket

try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
    print("connected")
except OSError as e:
    print(f"refused: {e.strerror}")
