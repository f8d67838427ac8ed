import { TestServer, type TestServerOptions } from "./_test_server.ts";
import { RtmpSession, type RtmpSessionOptions } from "./client/client_session.ts";
import { parseRtmpUrl, type RtmpUrl } from "./url.ts";

/** Part of the key that no message may show. */
export const SECRET = "s3cret-key";

/** Where to publish to it. */
export function urlOf(server: TestServer): RtmpUrl {
  return parseRtmpUrl(`rtmp://127.0.0.1:${server.port}/live/eu/${SECRET}?token=1`);
}

/** A session that publishes to a server of its own. */
export async function published(
  options: TestServerOptions = {},
  sessionOptions: RtmpSessionOptions = {},
): Promise<{ server: TestServer; session: RtmpSession } & AsyncDisposable> {
  const server = new TestServer(options);
  const session = await RtmpSession.open(urlOf(server), sessionOptions);
  return {
    server,
    session,
    async [Symbol.asyncDispose](): Promise<void> {
      session.abort();
      await server[Symbol.asyncDispose]();
    },
  };
}
