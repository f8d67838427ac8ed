import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Listens at a UDP port of 127.0.0.1, with a receive buffer large enough for key frames. */
export async function openUdp(port: number, take: (datagram: Uint8Array) => void): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Deno 2.4 does not support this. The default buffer holds about 90 packets.
  }
  socket.on("message", take);
  return socket;
}

/** Closes a socket and waits until it is closed. */
export async function closeUdp(socket: Socket): Promise<void> {
  const closed = once(socket, "close");
  socket.close();
  await closed;
}
