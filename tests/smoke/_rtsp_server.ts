/**
 * Serves the stream of an RTMP server over RTSP, with GStreamer's RTSP server:
 *
 *   deno run --allow-ffi _rtsp_server.ts RTSP-PORT RTMP-URL
 *
 * The stream is at `rtsp://127.0.0.1:PORT/stream`. The server runs until a signal ends it.
 */
const [port, url] = Deno.args;
const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`${value}\0`);

const gst = Deno.dlopen("libgstreamer-1.0.so.0", {
  gst_init: { parameters: ["pointer", "pointer"], result: "void" },
});
const glib = Deno.dlopen("libglib-2.0.so.0", {
  g_main_loop_new: { parameters: ["pointer", "i32"], result: "pointer" },
  g_main_loop_run: { parameters: ["pointer"], result: "void" },
});
const rtsp = Deno.dlopen("libgstrtspserver-1.0.so.0", {
  gst_rtsp_server_new: { parameters: [], result: "pointer" },
  gst_rtsp_server_set_address: { parameters: ["pointer", "buffer"], result: "void" },
  gst_rtsp_server_set_service: { parameters: ["pointer", "buffer"], result: "void" },
  gst_rtsp_server_get_mount_points: { parameters: ["pointer"], result: "pointer" },
  gst_rtsp_server_attach: { parameters: ["pointer", "pointer"], result: "u32" },
  gst_rtsp_media_factory_new: { parameters: [], result: "pointer" },
  gst_rtsp_media_factory_set_launch: { parameters: ["pointer", "buffer"], result: "void" },
  gst_rtsp_mount_points_add_factory: {
    parameters: ["pointer", "buffer", "pointer"],
    result: "void",
  },
});

gst.symbols.gst_init(null, null);
const server = rtsp.symbols.gst_rtsp_server_new();
rtsp.symbols.gst_rtsp_server_set_address(server, text("127.0.0.1"));
rtsp.symbols.gst_rtsp_server_set_service(server, text(`${port}`));
const factory = rtsp.symbols.gst_rtsp_media_factory_new();
rtsp.symbols.gst_rtsp_media_factory_set_launch(
  factory,
  text(`( rtmp2src location="${url}" ! flvdemux ! h264parse ! rtph264pay name=pay0 pt=96 )`),
);
const mounts = rtsp.symbols.gst_rtsp_server_get_mount_points(server);
rtsp.symbols.gst_rtsp_mount_points_add_factory(mounts, text("/stream"), factory);
if (rtsp.symbols.gst_rtsp_server_attach(server, null) === 0) {
  throw new Error(`Cannot listen on port ${port}`);
}
glib.symbols.g_main_loop_run(glib.symbols.g_main_loop_new(null, 0));
