import { createConnection } from "node:net";
import type { RtmpUrl } from "../../src/rtmp/url.ts";

/** A server that does not answer in this time is not there. */
const PATIENCE_MS = 3000;

/** Whether somebody listens where the URL points to. */
export function isListening({ host, port }: RtmpUrl): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const answer = (there: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(there);
    };
    const timer = setTimeout(answer, PATIENCE_MS, false);
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
  });
}
