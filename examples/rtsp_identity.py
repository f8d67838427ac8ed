#!/usr/bin/python3
"""Prints which frame each decoded picture of an RTSP stream is, and when it was captured.

    python3 examples/rtsp_identity.py rtsp://127.0.0.1:8554/camera0 [PICTURES]

Needs GStreamer 1.22 or newer with its Python bindings. On Debian: python3-gi gir1.2-gstreamer-1.0
gir1.2-gst-plugins-base-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav.

Each picture is a line of JSON:

- frame, captureUnixNs, label: from cvmmap-streamer's own SEI message; null without it;
- packetUs: the capture time in the RTP packets (--rtp-time-extension), as GStreamer reads it; else null.

To work with the pixels, map the buffer of the sample in on_picture().
"""

import argparse
import json
import os
import signal
import sys
import uuid

try:
    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import GLib, Gst
except (ImportError, ValueError) as error:
    sys.exit(f"{error}: this Python ({sys.executable}) has no GStreamer. On Debian, run it with "
             "/usr/bin/python3 and install python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0")

# Access units that may wait for their picture: some are never shown.
MAX_WAITING = 100
IDENTITY = uuid.UUID("f8f81f52-02fc-44fd-8fa6-6a2f7a1e0181").bytes
NTP_TO_UNIX_NS = 2_208_988_800 * 10**9

Gst.init(None)


def identity_of(access_unit):
    """Reads the SEI message: frame number (4 bytes), capture time in ns (8 bytes), label."""
    at = access_unit.find(IDENTITY)
    if at < 0:
        return {"frame": None, "captureUnixNs": None, "label": None}
    size = access_unit[at - 1] - len(IDENTITY)
    # The bytes after two zeros are escaped: 00 00 03 stands for 00 00.
    data = access_unit[at + len(IDENTITY) :][: 2 * size].replace(b"\0\0\3", b"\0\0")[:size]
    return {
        "frame": int.from_bytes(data[0:4], "big"),
        "captureUnixNs": int.from_bytes(data[4:12], "big"),
        "label": data[12:].decode(),
    }


def packet_us(buffer):
    meta = buffer.get_reference_timestamp_meta(Gst.Caps.from_string("timestamp/x-ntp"))
    return None if meta is None else round((meta.timestamp - NTP_TO_UNIX_NS) / 1000)


class Player:
    decoder = "decodebin"

    def __init__(self, url, pictures):
        self.left = pictures
        self.identities = {}
        self.loop = GLib.MainLoop()
        self.exit_code = 0
        self.pipeline = Gst.parse_launch(
            f"rtspsrc location={url} latency=100 ! {self.decoder} "
            "! appsink name=sink emit-signals=true sync=false"
        )
        # decodebin adds the elements that the stream needs.
        self.pipeline.connect("deep-element-added", self.on_element)
        self.pipeline.get_by_name("sink").connect("new-sample", self.on_picture)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", self.on_error)
        bus.connect("message::eos", lambda *_: self.loop.quit())

    def on_element(self, _bin, _parent, element):
        """The parser has the access units, with what GStreamer has read of them."""
        factory = element.get_factory()
        if factory and factory.get_name() in ("h264parse", "h265parse"):
            element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, self.on_access_unit)

    def on_access_unit(self, _pad, info):
        buffer = info.get_buffer()
        identity = identity_of(buffer.extract_dup(0, buffer.get_size()))
        self.identities[buffer.pts] = {**identity, "packetUs": packet_us(buffer)}
        if len(self.identities) > MAX_WAITING:
            del self.identities[next(iter(self.identities))]
        return Gst.PadProbeReturn.OK

    def on_picture(self, sink):
        sample = sink.emit("pull-sample")
        identity = self.identities.pop(sample.get_buffer().pts, None)
        try:
            print(json.dumps(identity), flush=True)
        except BrokenPipeError:
            # Whoever has read the output has left. Nothing more is written, also not at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.left = 1
        self.left -= 1
        if self.left == 0:
            self.loop.quit()
        return Gst.FlowReturn.OK

    def on_error(self, _bus, message):
        print(message.parse_error()[0].message, file=sys.stderr)
        self.loop.quit()
        self.exit_code = 1

    def run(self):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGINT, self.loop.quit)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        return self.exit_code


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="for example rtsp://127.0.0.1:8554/camera0")
    parser.add_argument("pictures", nargs="?", type=int, default=-1, help="how many; default: all")
    arguments = parser.parse_args()
    sys.exit(Player(arguments.url, arguments.pictures).run())
