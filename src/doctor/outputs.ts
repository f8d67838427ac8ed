import { readStart } from "../../ffi/system_file.ts";
import { UdpSocket } from "../../ffi/udp.ts";
import { openShim } from "../../ffi/shim.ts";
import { RtmpSession } from "../rtmp/client/client_session.ts";
import { RtmpError } from "../rtmp/rtmp_error.ts";
import { maskedUrl, parseRtmpUrl } from "../rtmp/url.ts";
import { sdpFileProblem } from "../rtp/sdp_file.ts";
import { isMulticast, needsInterface, parseEndpoint, resolveEndpoint } from "../rtp/endpoint.ts";
import { type Finding, Findings, reasonOf } from "./finding.ts";

/** Time limit for the connection, the handshake, and each answer. */
const TIMEOUT_MS = 5000;
const MAX_SOCKET_TABLE_BYTES = 1 << 20;

/** A receiver, or multicast group, of RTP. */
export interface CheckedReceiver {
  readonly endpoint: string;
  /** Network interface that packets to a group are sent from. */
  readonly interface?: string | undefined;
}

/**
 * Checks whether RTP can be sent to a receiver. Sends nothing, because some receivers end at a datagram that is not RTP:
 * only on this machine it is known whether a program receives.
 */
export async function checkRtpReceiver(
  { endpoint, interface: networkInterface }: CheckedReceiver,
  stream?: string,
): Promise<Finding[]> {
  const findings = new Findings("outputs", stream);
  try {
    const { address, port } = await resolveEndpoint(parseEndpoint(endpoint));
    if (needsInterface(address) && networkInterface === undefined) {
      findings.problem(`${endpoint} is a group of a link`, "Give --rtp-interface");
      return findings.list;
    }
    // Fails without a route.
    const options = networkInterface === undefined ? {} : { networkInterface };
    UdpSocket.connect(openShim(), address, port, options)[Symbol.dispose]();
    if (isMulticast(address)) {
      findings.ok(`RTP can be sent to the multicast group ${endpoint}; who receives it is unknown`);
    } else if (!isOwnAddress(address)) {
      findings.ok(`RTP can be sent to ${endpoint}; only a running stream shows whether it arrives`);
    } else if (boundUdpPorts().has(port)) findings.ok(`A program receives at ${endpoint}`);
    else {
      findings.problem(
        `No program receives RTP at ${endpoint}: the port is closed`,
        "Start the receiver, and check its port",
      );
    }
  } catch (error) {
    findings.problem(
      `RTP cannot be sent to ${endpoint}: ${reasonOf(error)}`,
      "Check the address, the name resolution and the routes",
    );
  }
  return findings.list;
}

/** Whether an address is one of this machine: only those can be listened at. */
function isOwnAddress(address: string): boolean {
  try {
    Deno.listen({ hostname: address, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** Returns the UDP ports that programs on this machine receive at. */
function boundUdpPorts(): Set<number> {
  const text = ["/proc/net/udp", "/proc/net/udp6"]
    .map((path) => new TextDecoder().decode(readStart(path, MAX_SOCKET_TABLE_BYTES)))
    .join("\n");
  return new Set(
    [...text.matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)].map(([, port = ""]) =>
      parseInt(port, 16)
    ),
  );
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
