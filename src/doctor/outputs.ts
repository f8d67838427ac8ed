import { UdpSocket } from "../../ffi/udp.ts";
import { openShim } from "../../ffi/shim.ts";
import { RtmpSession } from "../rtmp/client/client_session.ts";
import { RtmpError } from "../rtmp/rtmp_error.ts";
import { maskedUrl, parseRtmpUrl } from "../rtmp/url.ts";
import { sdpFileProblem } from "../rtp/sdp_file.ts";
import { parseEndpoint, resolveEndpoint } from "../rtp/endpoint.ts";
import { type Finding, Findings, reasonOf } from "./finding.ts";

/** Time limit for the connection, the handshake, and each answer. */
const TIMEOUT_MS = 5000;
/** Time to wait for an ICMP error. */
const ICMP_WITHIN_MS = 200;

/** Checks whether RTP can be sent to a receiver, with two datagrams of one byte, which RTP receivers ignore. */
export async function checkRtpReceiver(endpoint: string, stream?: string): Promise<Finding[]> {
  const findings = new Findings("outputs", stream);
  try {
    const { address, port } = await resolveEndpoint(parseEndpoint(endpoint));
    using socket = UdpSocket.connect(openShim(), address, port);
    // Some receivers take an empty datagram as the end of the stream.
    const datagram = {
      bytes: new Uint8Array(1),
      offsets: Uint32Array.of(0),
      lengths: Uint32Array.of(1),
      count: 1,
    };
    let { trouble } = socket.send(datagram);
    // The second call reports the ICMP error that the first datagram caused.
    await new Promise((resolve) => setTimeout(resolve, ICMP_WITHIN_MS));
    trouble = socket.send(datagram).trouble ?? trouble;
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

/**
 * Checks whether an RTMP server accepts the application and the user. Publishes nothing, so the server does not check the
 * stream key.
 */
export async function checkRtmpServer(
  text: string,
  key: string | undefined,
  stream?: string,
): Promise<Finding[]> {
  const findings = new Findings("outputs", stream);
  const url = parseRtmpUrl(text, key);
  const isTls = url.scheme === "rtmps";
  try {
    await RtmpSession.check(url, { timeoutMs: TIMEOUT_MS });
    findings.ok(
      `${maskedUrl(url)}: ${
        isTls ? "the certificate is trusted, and " : ""
      }the server accepts the ` +
        "application; it checks the key only when a stream is published",
    );
  } catch (error) {
    const reason = reasonOf(error);
    findings.problem(`${maskedUrl(url)}: ${reason}`, remedyFor(error, reason, isTls));
  }
  return findings.list;
}

function remedyFor(error: unknown, reason: string, isTls: boolean): string {
  if (error instanceof RtmpError && error.code === "rtmp_refused") {
    return "Check the application, the key and the user against what the server's operator gave you";
  }
  if (/certificate/i.test(reason)) {
    return "Set DENO_CERT=FILE to trust your own certificate authority, or DENO_TLS_CA_STORE=system";
  }
  if (/no address|not known|lookup|resolve/i.test(reason)) {
    return "Check the host name, and name resolution";
  }
  if (/connection refused/i.test(reason)) return "Start the server, and check its port";
  if (isTls && /tls|handshake/i.test(reason)) return "Does the server speak TLS at this port?";
  return "Check the server, its port and the firewall";
}

/** Checks whether the session description of an RTP output can be written. */
export async function checkSdpPath(path: string, stream?: string): Promise<Finding[]> {
  const findings = new Findings("outputs", stream);
  const problem = await sdpFileProblem(path);
  if (problem === undefined) findings.ok(`${path} can be written`);
  else {
    findings.problem(
      `The session description ${path} cannot be written: ${problem}`,
      "Create the directory, or change rtp-sdp",
    );
  }
  return findings.list;
}
