import { UdpSocket } from "../../ffi/udp.ts";
import { openShim } from "../../ffi/shim.ts";
import { openTransport } from "../rtmp/client/transport.ts";
import { parseRtmpUrl, type RtmpUrl } from "../rtmp/url.ts";
import { Handshake } from "../rtmp/wire/handshake.ts";
import { parseEndpoint, resolveEndpoint } from "../rtp/endpoint.ts";
import { type Finding, Findings, reasonOf } from "./finding.ts";

/** Time limit for the connection, and for the handshake. */
const TIMEOUT_MS = 5000;
/** Time to wait for an ICMP error. */
const ICMP_WITHIN_MS = 200;

/** Checks whether RTP can be sent to a receiver, with two datagrams of one byte, which RTP receivers ignore. */
export async function checkRtpReceiver(endpoint: string, stream?: string): Promise<Finding[]> {
  const findings = new Findings("outputs", stream);
  try {
    const { address, port } = await resolveEndpoint(parseEndpoint(endpoint));
    using socket = UdpSocket.connect(openShim(), address, port);
    const empty = {
      bytes: new Uint8Array(1),
      offsets: new Uint32Array(1),
      lengths: new Uint32Array(1),
      count: 1,
    };
    let { trouble } = socket.send(empty);
    // The second call reports the ICMP error that the first datagram caused.
    await new Promise((resolve) => setTimeout(resolve, ICMP_WITHIN_MS));
    trouble = socket.send(empty).trouble ?? trouble;
    if (trouble === undefined) findings.ok(`RTP can be sent to ${endpoint}`);
    else if (trouble === "refused") {
      findings.problem(
        `No one receives RTP at ${endpoint}: the host refuses the port`,
        "Start the receiver, and check its port and firewall",
      );
    } else {
      findings.problem(
        `RTP cannot be sent to ${endpoint}: ${trouble}`,
        "Check the address, the routes and the firewall",
      );
    }
  } catch (error) {
    findings.problem(
      `RTP cannot be sent to ${endpoint}: ${reasonOf(error)}`,
      "Check the address, and name resolution",
    );
  }
  return findings.list;
}

/** Checks whether an RTMP server can be reached and speaks RTMP. Publishes nothing, so the key is not checked. */
export async function checkRtmpServer(
  text: string,
  key: string | undefined,
  stream?: string,
): Promise<Finding[]> {
  const findings = new Findings("outputs", stream);
  const url = parseRtmpUrl(text, key);
  const where = `${url.scheme}://${url.host}:${url.port}`;
  try {
    using connection = await openTransport(url, { timeoutMs: TIMEOUT_MS });
    findings.ok(
      `${where} can be connected to${
        url.scheme === "rtmps" ? ", and its certificate is trusted" : ""
      }`,
    );
    await shakeHands(connection);
    findings.ok(`${where} speaks RTMP; its key is checked only when a stream is published`);
  } catch (error) {
    findings.problem(reasonOf(error), remedyFor(reasonOf(error), url));
  }
  return findings.list;
}

function remedyFor(reason: string, { scheme }: RtmpUrl): string {
  if (/certificate/i.test(reason)) {
    return "Set DENO_CERT=FILE to trust your own certificate authority, or DENO_TLS_CA_STORE=system";
  }
  if (/no address|not known|lookup|resolve/i.test(reason)) {
    return "Check the host name, and name resolution";
  }
  if (/refused/i.test(reason)) return "Start the server, and check its port";
  if (scheme === "rtmps" && /tls|handshake/i.test(reason)) {
    return "Does the server speak TLS at this port?";
  }
  return "Check the server, its port and the firewall";
}

async function shakeHands(connection: Deno.Conn): Promise<void> {
  const handshake = new Handshake("client");
  const timer = setTimeout(() => connection.close(), TIMEOUT_MS);
  const bytes = new Uint8Array(4096);
  try {
    await connection.write(handshake.takeOutput());
    while (!handshake.done) {
      const count = await connection.read(bytes);
      if (count === null) {
        throw new Error("The server has closed the connection within the RTMP handshake");
      }
      handshake.push(bytes.subarray(0, count));
    }
  } catch (error) {
    if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
      throw new Error(`The server does not answer the RTMP handshake within ${TIMEOUT_MS} ms`);
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
