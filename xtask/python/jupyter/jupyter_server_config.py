"""What JupyterLab is told beside its arguments: its proxy leads to this user's own programs only.

The proxy passes the browser's request on with the cookie of the login, and shows the answer as a page of Jupyter's.
Another user of the machine who listens at a port that one of our programs had would get the one and write the other.
"""
import os
import pathlib
import sys

from jupyter_server_proxy.handlers import ProxyHandler

SOCKETS = pathlib.Path("/proc/net/tcp")
LISTENS = "0A"
# 127.0.0.1 as the kernel writes it: on a big-endian machine the other way round.
HERE = f"{int.from_bytes(bytes([127, 0, 0, 1]), sys.byteorder):08X}"


def is_own(handler, host):
    """Whether a program of this user listens at the port; by `localhost`, another could be meant than 127.0.0.1."""
    if host != "127.0.0.1":
        return False
    if not SOCKETS.exists():
        # macOS does not say whose a port is.
        return True
    address = f"{HERE}:{int(handler.path_args[1]):04X}"
    sockets = (line.split() for line in SOCKETS.read_text().splitlines()[1:])
    return any((socket[1], socket[3], socket[7]) == (address, LISTENS, str(os.getuid())) for socket in sockets)


ProxyHandler._check_host_allowlist = is_own
