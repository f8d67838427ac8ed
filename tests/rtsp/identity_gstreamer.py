"""Reads the frame identities of an RTSP stream, and what GStreamer's own parsers read.

    identity_gstreamer.py URL CODEC PICTURES

Prints what examples/rtsp_identity.py prints, and precisionUs: the precision time stamp (MISB ST 0604)
as GStreamer reads it. The h265parse of GStreamer 1.22 does not look for it, so it is handed to the same
function here.
"""

import ctypes
import os
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstVideo", "1.0")
from gi.repository import Gst, GstVideo

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../examples"))
from rtsp_identity import Player

video = ctypes.CDLL("libgstvideo-1.0.so.0")
parse = video.gst_video_sei_user_data_unregistered_parse_precision_time_stamp
parse.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]


class UserData(ctypes.Structure):
    """GstVideoSEIUserDataUnregisteredMeta"""

    _fields_ = [
        ("meta", ctypes.c_uint8 * 16),
        ("uuid", ctypes.c_uint8 * 16),
        ("data", ctypes.c_char_p),
        ("size", ctypes.c_size_t),
    ]


def h265_message(buffer):
    """Returns the message of a precision time stamp; it never has an escaped byte."""
    access_unit = buffer.extract_dup(0, buffer.get_size())
    start = access_unit.find(bytes.fromhex("a8687dd4d7593758a5cef0338b6545f1"))
    message = UserData(data=access_unit[start + 16 : start + 28], size=12)
    message.uuid[:] = access_unit[start : start + 16]
    return ctypes.addressof(message), message


def precision_us(buffer, codec):
    if codec == "h265":
        address, _message = h265_message(buffer)
    else:
        # The Python bindings cannot convert the metadata to their type: pass their address.
        address = hash(
            buffer.get_meta(GstVideo.video_sei_user_data_unregistered_meta_api_get_type())
        )
    status, us = ctypes.c_uint8(), ctypes.c_uint64()
    return us.value if parse(address, ctypes.byref(status), ctypes.byref(us)) else None


class CheckingPlayer(Player):
    # The parser reads SEI only if it has something to do.
    decoder = (
        "rtp{codec}depay ! video/x-{codec},stream-format=byte-stream,alignment=nal ! {codec}parse name=parser "
        "! video/x-{codec},stream-format=byte-stream,alignment=au ! avdec_{codec}"
    ).format(codec=sys.argv[2])

    def __init__(self, url, pictures):
        super().__init__(url, pictures)
        self.on_element(None, None, self.pipeline.get_by_name("parser"))

    def on_access_unit(self, pad, info):
        result = super().on_access_unit(pad, info)
        buffer = info.get_buffer()
        if buffer.pts in self.identities:
            self.identities[buffer.pts]["precisionUs"] = precision_us(buffer, sys.argv[2])
        return result


sys.exit(CheckingPlayer(sys.argv[1], int(sys.argv[3])).run())
