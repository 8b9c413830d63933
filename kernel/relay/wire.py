"""Jupyter's messages and the sockets they go through."""
import datetime
import hmac
import json
import uuid

import zmq

DELIMITER = b"<IDS|MSG>"
CHANNELS = {"shell": zmq.ROUTER, "control": zmq.ROUTER, "stdin": zmq.ROUTER, "hb": zmq.ROUTER, "iopub": zmq.PUB}
INSIDE = {zmq.ROUTER: zmq.DEALER, zmq.PUB: zmq.SUB}


def pack(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


class Message:
    """The parts of a message; those that nobody sets stay byte for byte as they came."""

    def __init__(self, identities, parts):
        self.identities, self.parts = identities, parts
        self.header, self.parent = json.loads(parts[0]), json.loads(parts[1])
        self.kind = self.header["msg_type"]

    @classmethod
    def answering(cls, request, kind, content):
        """As evcxr makes them: in the session of the client that asked."""
        return cls.made(request.identities, request.header | {"username": "kernel"}, request.header, kind, content)

    @classmethod
    def of_our_own(cls, kind, session, content):
        """A request that no client made."""
        header = {"session": session, "username": "relay", "version": "5.3"}
        return cls.made([b"relay"], header, {}, kind, content)

    @classmethod
    def made(cls, identities, header, parent, kind, content):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        header = header | {"msg_id": str(uuid.uuid4()), "msg_type": kind, "date": now}
        return cls(identities, [pack(header), pack(parent), b"{}", pack(content)])

    @property
    def content(self):
        return json.loads(self.parts[3])

    @content.setter
    def content(self, value):
        self.parts[3] = pack(value)

    def with_content(self, value):
        """This message with other content."""
        changed = Message(self.identities, list(self.parts))
        changed.content = value
        return changed

    @property
    def metadata(self):
        return json.loads(self.parts[2])

    @metadata.setter
    def metadata(self, value):
        self.parts[2] = pack(value)


class Wire:
    """Five sockets, and the key that signs what goes through them."""

    def __init__(self, context, file, inner):
        with open(file, encoding="utf-8") as opened:
            facts = json.load(opened)
        self.key = facts["key"].encode()
        self.digest = facts.get("signature_scheme", "hmac-sha256").removeprefix("hmac-")
        for channel, kind in CHANNELS.items():
            kind = INSIDE[kind] if inner else kind
            socket = context.socket(kind)
            socket.setsockopt(zmq.LINGER, 1000)
            # A cell that prints faster than Jupyter reads loses nothing.
            socket.setsockopt(zmq.SNDHWM, 0)
            socket.setsockopt(zmq.RCVHWM, 0)
            between = ":" if facts["transport"] == "tcp" else "-"
            address = f"{facts['transport']}://{facts['ip']}{between}{facts[channel + '_port']}"
            if not inner:
                socket.bind(address)
            elif channel != "hb":
                if kind == zmq.SUB:
                    socket.setsockopt(zmq.SUBSCRIBE, b"")
                else:
                    # One name on all channels: evcxr asks for input from whom it got the cell.
                    socket.setsockopt(zmq.IDENTITY, b"relay")
                socket.setsockopt(zmq.RECONNECT_IVL, 20)
                socket.connect(address)
            setattr(self, channel, socket)

    def signature(self, parts):
        return hmac.new(self.key, b"".join(parts[:4]), self.digest).hexdigest().encode() if self.key else b""

    def send(self, channel, message, identities=None):
        identities = message.identities if identities is None else identities
        getattr(self, channel).send_multipart(
            [*identities, DELIMITER, self.signature(message.parts), *message.parts])

    def receive(self, channel):
        """A message, or None for what nobody with the key has sent."""
        frames = getattr(self, channel).recv_multipart(zmq.NOBLOCK)
        try:
            at = frames.index(DELIMITER)
            if hmac.compare_digest(frames[at + 1], self.signature(frames[at + 2:])):
                return Message(frames[:at], frames[at + 2:])
        except (ValueError, LookupError, TypeError):
            pass
        return None
