import type { Workspace } from "../_harness/workspace.ts";

/** Files of a certificate (PEM). */
interface CertificateFiles {
  readonly certPath: string;
  readonly keyPath: string;
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/**
 * A TLS proxy on the loopback for a server without TLS. Its certificate is from an authority that
 * is not trusted by default.
 */
export class TlsProxy implements AsyncDisposable {
  /** Path of the authority's certificate (PEM). */
  readonly authorityPath: string;
  /** TLS port. */
  readonly port: number;
  readonly #listener: Deno.TlsListener;
  readonly #serverPort: number;
  readonly #done: Promise<void>;

  private constructor(
    authorityPath: string,
    port: number,
    listener: Deno.TlsListener,
    serverPort: number,
  ) {
    this.authorityPath = authorityPath;
    this.port = port;
    this.#listener = listener;
    this.#serverPort = serverPort;
    this.#done = this.#accept();
  }

  /** Creates an authority and a certificate, and starts to listen. */
  static async start(port: number, serverPort: number, workspace: Workspace): Promise<TlsProxy> {
    const authority = await certify(workspace, "authority", []);
    const { certPath, keyPath } = await certify(workspace, "server", [
      "-CA",
      authority.certPath,
      "-CAkey",
      authority.keyPath,
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-addext",
      "basicConstraints=critical,CA:FALSE",
    ]);
    const listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port,
      cert: Deno.readTextFileSync(certPath),
      key: Deno.readTextFileSync(keyPath),
    });
    return new TlsProxy(authority.certPath, port, listener, serverPort);
  }

  /** Stops listening, and waits until all connections have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }

  async #accept(): Promise<void> {
    const connections: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) connections.push(this.#carry(client));
    } catch {
      // The listener is closed.
    }
    await Promise.all(connections);
  }

  async #carry(client: Deno.TlsConn): Promise<void> {
    using clientConnection = client;
    try {
      // Connect to the server only after the handshake, which fails if the client does not trust
      // the certificate.
      await clientConnection.handshake();
      using serverConnection = await Deno.connect({
        hostname: "127.0.0.1",
        port: this.#serverPort,
      });
      await Promise.all([
        copy(clientConnection, serverConnection),
        copy(serverConnection, clientConnection),
      ]);
    } catch {
      // One end has disconnected. Closing the connections informs the other end.
    }
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1 << 16);
  for (;;) {
    const length = await from.read(buffer);
    if (length === null) break;
    for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
  }
  await to.closeWrite();
}

async function certify(
  workspace: Workspace,
  name: string,
  args: readonly string[],
): Promise<CertificateFiles> {
  const [certPath, keyPath] = [workspace.path(`${name}.pem`), workspace.path(`${name}.key`)];
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      "req",
      "-x509",
      ...NEW_KEY,
      "-days",
      "2",
      "-subj",
      `/CN=${name} of a test`,
      ...args,
      "-keyout",
      keyPath,
      "-out",
      certPath,
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return { certPath, keyPath };
}
