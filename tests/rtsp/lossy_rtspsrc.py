"""Plays an RTSP stream over UDP with GStreamer's rtspsrc, while some of the RTP packets are lost.

    lossy_rtspsrc.py URL CODEC LOSS_PERCENT RETRANSMISSION SECONDS

RETRANSMISSION is 1 or 0. Writes the luma of each picture to standard output, and the number of lost
packets to standard error. Ends after SECONDS of pictures.
"""

import random
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst

url, codec, loss, retransmission, seconds = sys.argv[1:]
Gst.init(None)
random.seed(7)
lost = 0
# Only the depayloader of H.264 has them in GStreamer 1.22.
depay = "wait-for-keyframe=true request-keyframe=true" if codec == "h264" else ""
pipeline = Gst.parse_launch(
    f"rtspsrc location={url} protocols=udp latency=200 do-retransmission={retransmission} "
    f"! rtp{codec}depay {depay} ! {codec}parse ! avdec_{codec} "
    "! videoconvert ! video/x-raw,format=GRAY8 ! fdsink sync=false"
)


def maybe_drop(_pad, info):
    global lost
    with_header = info.get_buffer().extract_dup(0, 2)
    is_rtcp = 192 <= with_header[1] <= 223
    if is_rtcp or random.random() * 100 >= float(loss):
        return Gst.PadProbeReturn.OK
    lost += 1
    return Gst.PadProbeReturn.DROP


def on_element(_bin, _parent, element):
    factory = element.get_factory()
    if factory is not None and factory.get_name() == "udpsrc":
        element.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, maybe_drop)


pipeline.connect("deep-element-added", on_element)
loop = GLib.MainLoop()


def on_message(_bus, message):
    if message.type == Gst.MessageType.ERROR:
        print(message.parse_error(), file=sys.stderr)
        loop.quit()


bus = pipeline.get_bus()
bus.add_signal_watch()
bus.connect("message", on_message)
pipeline.set_state(Gst.State.PLAYING)
GLib.timeout_add(int(float(seconds) * 1000), loop.quit)
loop.run()
pipeline.set_state(Gst.State.NULL)
print(f"lost {lost} packets", file=sys.stderr)
