/** The supported video codecs: ITU-T H.264 and ITU-T H.265. */
export type Codec = "h264" | "h265";
