/**
 * Publishes messages over ZeroMQ by another implementation than the product's: each line of standard
 * input, as hexadecimal, is sent at once. Prints {"bound": ENDPOINT} first and {"subscribers": N}
 * whenever their number has changed: what is sent from then on reaches all of them.
 *
 *   node zmq_publisher.mjs ENDPOINT
 *
 * Ends, closing its socket, when its standard input does.
 */
import { createInterface } from "node:readline";
import { XPublisher } from "zeromq";

const [endpoint] = process.argv.slice(2);
if (endpoint === undefined) {
  console.error("zmq_publisher: expected an endpoint");
  process.exit(2);
}

// To a subscriber the same as PUB; unlike that, it tells of subscriptions.
const publisher = new XPublisher();
publisher.verbosity = "allSubsUnsubs";
await publisher.bind(endpoint);
console.log(JSON.stringify({ bound: publisher.lastEndpoint }));

async function countSubscribers() {
  let subscribers = 0;
  for await (const [change] of publisher) {
    subscribers += change[0] === 1 ? 1 : -1;
    console.log(JSON.stringify({ subscribers }));
  }
}
countSubscribers();

for await (const line of createInterface({ input: process.stdin })) {
  await publisher.send(Buffer.from(line.trim(), "hex"));
}
publisher.close();
process.exit(0);
