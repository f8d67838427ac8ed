/**
 * Subscribes to a ZeroMQ endpoint by another implementation than the product's, and prints
 * {"hex", "arrivedMs"} for each message, one JSON object a line, after a first line {"connected": ENDPOINT}.
 *
 *   node zmq_subscriber.mjs ENDPOINT
 *
 * Ends when its standard input does.
 */
import { Subscriber } from "zeromq";

const [endpoint] = process.argv.slice(2);
if (endpoint === undefined) {
  console.error("zmq_subscriber: expected an endpoint");
  process.exit(2);
}

const subscriber = new Subscriber();
// From a producer's restart on, look for it at once: tests count frames.
subscriber.reconnectInterval = 10;
subscriber.events.on(
  "connect",
  () => console.log(JSON.stringify({ connected: endpoint })),
);
subscriber.connect(endpoint);
subscriber.subscribe();

process.stdin.on("end", () => process.exit(0));
process.stdin.resume();

for await (const [message] of subscriber) {
  console.log(
    JSON.stringify({ hex: message.toString("hex"), arrivedMs: Date.now() }),
  );
}
